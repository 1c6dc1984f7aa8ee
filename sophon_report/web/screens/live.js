/** The screen "live": what goes on now, what is wrong, and today in figures. */
import { html } from "../page/html.js";
import { openLive } from "../page/live.js";
import { heading } from "../page/parts/pieces.js";
import { eventStream, MOST } from "./live/stream.js";
import { cameraTiles } from "./live/tiles.js";
import { todayFigures } from "./live/today.js";
import { wrongNow } from "./live/wrong.js";

export const areas = ["live"];

const COUNT_MS = 60_000;

export async function open(page) {
  await page.style("screens/live.css");
  const stream = eventStream(page),
    today = todayFigures(page),
    wrong = wrongNow(page),
    tiles = cameraTiles(page);
  begin(page, stream, today);

  return {
    view: () =>
      html`<div class="screen">
        ${heading(page.t("page.live"))}
        <div class="beside live">
          <div class="stack">${tiles.view()} ${stream.view()}</div>
          <div class="stack">${wrong.view()} ${today.view()}</div>
        </div>
      </div>`,
    close() {},
  };
}

/** What was before, then what comes: the number that today was counted up to has the two meet. */
async function begin(page, stream, today) {
  try {
    const counted = await today.look();
    const before = await page.api.get(`/events?limit=${MOST}`, { signal: page.signal }).catch(quiet);
    for (const event of before?.events ?? []) stream.add(event, true);
    openLive(page, {
      since: counted?.seq ?? null,
      changed: stream.connection,
      event(event) {
        stream.add(event);
        today.add(event);
      },
    });
    page.every(COUNT_MS, today.look);
  } catch (error) {
    if (error.name !== "AbortError") throw error;
  }
}

/** Without a history there are new events all the same; that it is in trouble is told among what is wrong. */
function quiet(error) {
  if (error.name === "AbortError") throw error;
  return null;
}
