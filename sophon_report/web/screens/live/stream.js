/**
 * The events, the newest first: at most `MOST` are in the page, however many come.
 *
 * While somebody reads (the mouse or the focus is on the list, or it was halted) nothing moves: what comes is held
 * back, as many as the list has, and counted beyond that.
 */
import { html, nothing, repeat } from "../../page/html.js";
import { button } from "../../page/parts/controls.js";
import { kindBadge, kindName } from "../../page/parts/people.js";
import { badge, empty, picture } from "../../page/parts/pieces.js";
import { hashOf } from "../../page/router.js";

export const MOST = 60;
const SAY_EVERY_MS = 10_000;

/** @returns {{view: () => any, add: (event: object, isOld?: boolean) => void, connection: (state: object) => void}} */
export function eventStream(page) {
  let shown = [],
    held = [],
    heldCount = 0,
    isHalted = false,
    isRead = false,
    isOver = false,
    state = { name: "connecting", since_ms: Date.now() };
  const saying = makeSaying(page);
  const isStill = () => isHalted || isRead || isOver;
  const isHere = (event) => [...held, ...shown].some((each) => each.event_id === event.event_id);

  function add(event, isOld = false) {
    if (isHere(event)) return;
    if (isOld) shown = [...shown, event].slice(0, MOST);
    else if (isStill()) [held, heldCount] = [[event, ...held].slice(0, MOST), heldCount + 1];
    else shown = [event, ...shown].slice(0, MOST);
    if (!isOld) saying.add(event);
    page.draw();
  }
  function goOn() {
    if (!held.length || isStill()) return;
    shown = [...held, ...shown].slice(0, MOST);
    [held, heldCount] = [[], 0];
    page.draw();
  }
  const read = (value) => {
    isRead = value;
    goOn();
  };
  const over = (event, value) => {
    if (event.pointerType !== "mouse") return;
    isOver = value;
    goOn();
  };
  const halt = () => {
    isHalted = !isHalted;
    goOn();
    page.draw();
  };

  const view = () =>
    html`<section class="card flush events" aria-labelledby="events-title">
      <div class="head row">
        <h2 id="events-title" class="grow">${page.t("live.events")}</h2>
        ${connection()}
        ${button({
          label: page.t(isHalted ? "live.go_on" : "live.halt"),
          icon: isHalted ? "play" : "pause",
          kind: "quiet",
          isPressed: isHalted,
          onclick: halt,
        })}
      </div>
      ${
        heldCount
          ? html`<p class="held soft small" role="status">
              ${page.t(isHalted ? "live.held" : "live.held_read", { count: page.format.number(heldCount) })}
            </p>`
          : nothing
      }
      ${
        shown.length
          ? html`<ol
              class="list"
              @focusin=${() => read(true)}
              @focusout=${() => read(false)}
              @pointerenter=${(event) => over(event, true)}
              @pointerleave=${(event) => over(event, false)}
            >
              ${repeat(
                shown,
                (each) => each.event_id,
                (each) => html`<li>${line(each)}</li>`,
              )}
            </ol>`
          : empty({ icon: "user", title: page.t("live.no_events"), body: page.t("live.no_events_body") })
      }
      <p class="unseen" role="status" aria-live="polite">${saying.text()}</p>
    </section>`;

  const connection = () =>
    state.name === "connected"
      ? badge("good", page.t("live.connected"))
      : html`<span role="status"
          >${
            state.name === "broken"
              ? badge("bad", page.t("live.broken", { since: page.format.time(state.since_ms) }))
              : badge("busy", page.t("live.connecting"))
          }</span
        >`;

  const line = (event) =>
    html`${event.resume_gone ? html`<p class="gap small soft">${page.t("live.gap")}</p>` : nothing}
      <a class="item" href=${hashOf(["history", event.event_id])}>
        ${picture({ src: page.api.url(`/events/${encodeURIComponent(event.event_id)}/pictures/face`), alt: "", kind: "face" })}
        <span class="grow">
          <strong class="clip">${nameOf(page, event)}</strong>
          <span class="soft small clip">${event.device_name || event.device_id}</span>
        </span>
        <span class="facts-end">
          <time class="small figures" datetime=${new Date(event.at_ms).toISOString()}
            >${whenOf(page, event.at_ms)}</time
          >
          <span class="small soft figures"
            >${page.t("live.score", { score: page.format.number(event.score_pct, 1) })}</span
          >
        </span>
        ${kindBadge(page, event.user_type)}
      </a>`;

  return {
    view,
    add,
    connection(next) {
      state = next;
      page.draw();
    },
  };
}

const nameOf = (page, event) =>
  event.user_type === "stranger" ? kindName(page, "stranger") : event.name || event.identity_id;

/** The time alone when it was today. */
const whenOf = (page, at_ms) =>
  new Date(at_ms).toDateString() === new Date().toDateString()
    ? page.format.time(at_ms)
    : page.format.moment(at_ms);

/** What a screen reader says of events: one sentence now and then, not one for each. */
function makeSaying(page) {
  let text = "",
    count = 0,
    last = null,
    timer = null,
    said_ms = -SAY_EVERY_MS;
  const say = () => {
    timer = null;
    said_ms = performance.now();
    text = page.t("live.said", {
      count,
      name: nameOf(page, last),
      camera: last.device_name || last.device_id,
    });
    count = 0;
    page.draw();
  };
  page.signal.addEventListener("abort", () => clearTimeout(timer), { once: true });
  return {
    text: () => text,
    add(event) {
      [count, last] = [count + 1, event];
      timer ??= setTimeout(say, Math.max(0, said_ms + SAY_EVERY_MS - performance.now()));
    },
  };
}
