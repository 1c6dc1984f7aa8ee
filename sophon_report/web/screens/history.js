/** The screen "history": visits on a time line and in a list, found by filters or by a picture, each with all of it. */
import { html, nothing } from "../page/html.js";
import { button } from "../page/parts/controls.js";
import { problemNotice } from "../page/parts/notice.js";
import { heading } from "../page/parts/pieces.js";
import { showExport } from "./history/export.js";
import { filters } from "./history/filters.js";
import { placeOf, wantedOf } from "./history/range.js";
import { pictureSearch } from "./history/search.js";
import { timeline } from "./history/timeline.js";
import { showVisit } from "./history/visit.js";
import { visits } from "./history/visits.js";

export const areas = ["history"];

export async function open(page) {
  await page.style("screens/history.css");
  let wanted = wantedOf(page.route.query),
    shown = "";
  const now = () => wanted;
  const line = timeline(page, now);
  const list = visits(page, now, () => line.told()?.newest_ms === null);
  const row = filters(page, now);
  const search = pictureSearch(page, now);

  const reload = () => Promise.all([line.reload(), list.reload(), search.again()]);

  /** The visit that the address names lies over the list until it is closed. */
  async function follow(route) {
    const eventId = route.parts[0] ?? "";
    if (eventId === shown) return;
    shown = eventId;
    if (!eventId) return;
    await showVisit(page, eventId, wanted);
    // Closed by hand, and not because the address leads elsewhere by now.
    if (shown === eventId && !page.signal.aborted && page.route.parts[0] === eventId) page.go(placeOf(wanted));
  }

  row.load();
  reload();
  follow(page.route);

  return {
    moved(route) {
      const next = wantedOf(route.query);
      const hasChanged = JSON.stringify(next) !== JSON.stringify(wanted);
      wanted = next;
      if (hasChanged) reload();
      follow(route);
      return true;
    },
    view: () => html` <div class="screen">
      ${heading(
        page.t("page.history"),
        page.t("history.lead"),
        html`<div class="row">
          ${button({ label: page.t("history.by_picture"), icon: "picture", isPressed: search.isOpen(), onclick: search.toggle })}
          ${button({ label: page.t("history.export"), icon: "download", onclick: () => showExport(page, wanted, list.total()) })}
        </div>`,
      )}
      ${row.view()} ${line.problem() ? problemNotice(page, line.problem(), reload) : nothing} ${line.view()}
      ${search.isOpen() ? search.view() : nothing} ${list.view()}
    </div>`,
    close: search.close,
  };
}
