/** One visit: its pictures side by side, who it was and how sure, what the face looks like, and where it was sent when. */
import { html, nothing } from "../../page/html.js";
import { linkButton } from "../../page/parts/controls.js";
import { problemNotice } from "../../page/parts/notice.js";
import { kindBadge } from "../../page/parts/people.js";
import { hashOf } from "../../page/router.js";
import { badge, empty, facts, picture } from "../../page/parts/pieces.js";
import { pictureOf, whoIs } from "./visits.js";
import { placeOf } from "./range.js";

const SHOWN = ["face", "register", "scene", "ir"];
const STATES = {
  delivered: "good",
  waiting: "busy",
  not_yet: "busy",
  refused: "bad",
  given_up: "bad",
  lost: "bad",
  gone: "bad",
  kept_back: "off",
  before: "off",
  unknown: "warn",
};

/** Show a visit over the page until it is closed. */
export async function showVisit(page, eventId, wanted) {
  const state = { event: null, problem: null };
  const read = async () => {
    state.problem = null;
    try {
      state.event = await page.api.get(`/events/${encodeURIComponent(eventId)}`, { signal: page.signal });
    } catch (error) {
      if (error.name === "AbortError") return;
      state.problem = error;
    }
    page.draw();
  };
  read();
  await page.dialog({
    title: page.t("history.visit"),
    isWide: true,
    view: () =>
      state.problem
        ? problemNotice(page, state.problem, read)
        : state.event
          ? whole(page, state.event, wanted)
          : html`<p class="soft" role="status">${page.t("page.opening")}</p>`,
  });
}

const whole = (page, event, wanted) =>
  html` <div class="stack">
    <div class="visit-pictures">
      ${
        event.pictures.length
          ? SHOWN.filter((which) => event.pictures.includes(which)).map((which) => onePicture(page, event, which))
          : empty({
              icon: "picture",
              title: page.t("history.no_pictures"),
              body: page.t("history.no_pictures_body"),
            })
      }
    </div>
    <div class="row"><strong class="grow">${whoIs(page, event)}</strong>${kindBadge(page, event.user_type)}</div>
    ${score(page, event)}
    ${facts([
      [page.t("history.in"), page.format.moment(event.in_ms)],
      [page.t("history.out"), event.out_ms ? page.format.moment(event.out_ms) : page.t("history.still_there")],
      [page.t("history.stay"), event.out_ms ? page.format.length(event.out_ms - event.in_ms) : ""],
      [
        page.t("history.ended_by"),
        event.ended_by && event.ended_by !== "left" ? page.t(`history.ended_${event.ended_by}`) : "",
      ],
      [page.t("history.device"), event.device_name || event.device_id],
      [page.t("history.group"), event.permission_name || event.permission_id],
      [page.t("history.looks"), looks(page, event.shot.looks)],
      [page.t("history.post_action"), event.post_action === "0" ? "" : event.post_action],
      [page.t("history.person_id"), who(event)],
      [page.t("history.event_id"), event.event_id],
      [page.t("history.record"), page.format.number(event.seq)],
    ])}
    ${
      event.identity_id
        ? html`<div class="row">
            ${linkButton({ label: page.t("history.all_of_them"), href: placeOf({ ...wanted, name: "", person: event.identity_id }), icon: "history" })}
          </div>`
        : nothing
    }
    <section class="stack tight" aria-labelledby="visit-delivery">
      <h3 id="visit-delivery">${page.t("history.delivery")}</h3>
      ${
        event.delivery.length
          ? html`<ul class="list">
              ${event.delivery.map((each) => delivery(page, each))}
            </ul>`
          : html`<p class="soft">${page.t("history.no_destination")}</p>`
      }
    </section>
  </div>`;

/** Somebody who was registered has a page of their own; if they were removed meanwhile, it says so. */
const who = ({ identity_id, user_type }) =>
  identity_id && user_type !== "stranger"
    ? html`<a class="wrap" href=${hashOf(["people", "person", identity_id])}>${identity_id}</a>`
    : identity_id;

const onePicture = (page, event, which) =>
  html` <figure class="visit-picture ${which}">
    ${picture({ src: pictureOf(page, event.event_id, which), alt: page.t(`history.picture_${which}`), isWhole: true })}
    <figcaption class="soft small">${page.t(`history.picture_${which}`)}</figcaption>
  </figure>`;

const score = (page, event) =>
  html` <div class="stack tight">
    <label for="visit-score"
      >${page.t("history.score_of", { score: page.format.number(event.score_pct, 1), pass: page.format.number(event.pass_pct) })}</label
    >
    <meter
      id="visit-score"
      class="visit-meter"
      min="0"
      max="100"
      low=${event.pass_pct}
      high=${event.pass_pct}
      optimum="100"
      value=${event.score_pct}
    ></meter>
  </div>`;

function looks(page, face) {
  const told = [];
  if (face.gender) told.push(page.t(`history.looks_${face.gender}`));
  if (face.age_years !== null) told.push(page.t("history.age", { age: Math.round(face.age_years) }));
  for (const name of ["glasses", "mask", "hat"])
    if (face[name] !== null) told.push(page.t(`history.${face[name] ? "looks" : "no"}_${name}`));
  return told.join(" · ");
}

const delivery = (page, each) =>
  html` <li class="delivery">
    <div class="row">
      <strong class="grow">${each.destination}</strong
      >${badge(STATES[each.state] ?? "warn", page.t(`history.state_${each.state}`))}
    </div>
    <p class="soft small">${when(page, each)}</p>
    ${each.reason ? html`<p class="small">${each.http_status ? `HTTP ${each.http_status} · ` : ""}${each.reason}</p>` : nothing}
    ${each.answer ? html`<code class="code small">${each.answer}</code>` : nothing}
    ${each.state === "refused" ? html`<p class="small"><a href="#/upload">${page.t("history.to_refused")}</a></p>` : nothing}
  </li>`;

function when(page, each) {
  const say = page.t(`history.told_${each.state}`);
  if (each.to_ms === null) return say;
  if (each.to_ms - each.from_ms < 1000) return `${page.format.moment(each.to_ms)} · ${say}`;
  return `${page.t("history.between", { from: page.format.moment(each.from_ms), to: page.format.moment(each.to_ms) })} · ${say}`;
}
