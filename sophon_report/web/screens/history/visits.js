/** The list of visits: rows in sight only, each page asked for from the one beside it, which costs the same anywhere. */
import { html, nothing } from "../../page/html.js";
import { longList } from "../../page/parts/long_list.js";
import { kindBadge, kindName } from "../../page/parts/people.js";
import { empty, picture } from "../../page/parts/pieces.js";
import { linkButton } from "../../page/parts/controls.js";
import { isFiltered, placeOf, questionOf, timeOf } from "./range.js";

const MAX_PLACES = 400;

/** Address of a picture of an event. */
export const pictureOf = (page, eventId, which) =>
  page.api.url(`/events/${encodeURIComponent(eventId)}/pictures/${which}`);

/** What one visit is called: a name, or that nobody knows them. */
export const whoIs = (page, event) =>
  event.name ||
  (event.user_type === "stranger" ? kindName(page, "stranger") : event.identity_id) ||
  page.t("history.nobody");

/** One visit as a row that leads to all of it. */
export const visitRow = (page, event, href, more = nothing) =>
  html` <a href=${href}>
    ${picture({ src: pictureOf(page, event.event_id, "face"), alt: "", kind: "face" })}
    <span class="grow">
      <span class="row"
        ><strong class="clip">${whoIs(page, event)}</strong>${kindBadge(page, event.user_type)}</span
      >
      <span class="soft small clip"
        >${page.format.moment(event.at_ms)} · ${event.device_name || event.device_id}</span
      >
    </span>
    ${more}
    <span class="figures visit-score" title=${page.t("history.score")}
      ><span class="unseen">${page.t("history.score")}</span>${page.format.number(event.score_pct, 1)}</span
    >
  </a>`;

/**
 * @param {object} page
 * @param {() => object} wanted what is asked for now
 * @param {() => boolean} isEmptyBox whether there is no visit at all
 */
export function visits(page, wanted, isEmptyBox) {
  /** What is known of a question: when it was asked, where its pages lie, of how many visits they are. */
  const anew = () => ({ time: timeOf(wanted(), Date.now()), places: new Map(), total: 0 });
  let asked = anew();

  async function read(offset, limit, signal) {
    // An answer that comes when something else is asked is kept with its own question.
    const mine = asked;
    const { places } = mine;
    const path = `/events${questionOf(wanted(), mine.time, { limit, ...way(places, offset, limit) })}`;
    const answer = await page.api.get(path, { signal });
    if (answer.total !== null) mine.total = answer.total;
    places.set(offset, { older: answer.older, newer: answer.newer });
    if (places.size > MAX_PLACES) places.delete(places.keys().next().value);
    return { rows: answer.events, total: mine.total };
  }
  /** From a page beside it when one was read; only a leap is counted out. */
  const way = (places, offset, limit) => {
    const [before, behind] = [places.get(offset - limit), places.get(offset + limit)];
    if (before?.older) return { before: before.older };
    if (behind?.newer && offset) return { after: behind.newer };
    return { offset: offset || undefined };
  };

  const list = longList(page, {
    label: page.t("history.visits"),
    rowHeight_px: 68,
    read,
    row: (event) => visitRow(page, event, placeOf(wanted(), event.event_id)),
    empty: nothingThere,
  });

  function nothingThere() {
    if (isEmptyBox())
      return empty({
        icon: "history",
        title: page.t("history.empty"),
        body: page.t("history.empty_body"),
        action: linkButton({ label: page.t("history.empty_action"), href: "#/cameras", icon: "camera" }),
      });
    return empty({
      icon: "search",
      title: page.t("history.none"),
      body: page.t(isFiltered(wanted()) ? "history.none_filtered" : "history.none_then"),
      action: linkButton({ label: page.t("history.show_all"), href: "#/history" }),
    });
  }

  return {
    /** Read anew from the top. */
    reload() {
      asked = anew();
      return list.reload();
    },
    total: list.total,
    view: () =>
      html`<section class="card flush visits" aria-label=${page.t("history.visits")}>
        <p class="visits-count soft small" role="status">
          ${list.total() ? page.t("history.count", { count: page.format.number(list.total()) }) : nothing}
        </p>
        ${list.view()}
      </section>`,
  };
}
