/**
 * A list of any length: only the rows in sight are in the page, read from the box a hundred at a time.
 *
 * Rows are of one height. At most `MAX_PAGES` pages are kept, the one not seen for longest goes; a browser's greatest
 * height of an element is never reached: a longer list is scrolled in larger steps.
 */
import { html, nothing, ref } from "../html.js";
import { problemNotice } from "./notice.js";

const PAGE_ROWS = 100;
const MAX_PAGES = 12;
const MAX_HEIGHT_PX = 12_000_000;
const SPARE_ROWS = 6;
/** Shown before it is known how high the list is. */
const LEAST_ROWS = 12;

/**
 * @param {object} page of the screen
 * @param {{label: string, rowHeight_px?: number, read: (offset: number, limit: number, signal: AbortSignal) => Promise<{rows: any[], total: number}>, row: (value: any, index: number) => any, empty?: () => any}} of
 *   `row`: the template of one row, a single element of the role `listitem`, for which `attributes` are not needed
 * @returns {{view: () => any, reload: () => Promise<void>, total: () => number|null, at: (index: number) => any}}
 */
export function longList(page, { label, rowHeight_px = 64, read, row, empty }) {
  let box = null,
    total = null,
    pages = new Map(),
    reading = new Set(),
    problem = null,
    era = 0,
    planned = 0;
  let first = 0,
    shown = LEAST_ROWS + SPARE_ROWS;

  const height_px = () => Math.min(total * rowHeight_px, MAX_HEIGHT_PX);
  /** How many pixels of rows one pixel of scrolling is: the last row stands at the end of a longer list too. */
  const scale = () => {
    const [all_px, seen_px] = [total * rowHeight_px, box?.clientHeight ?? 0];
    return all_px > MAX_HEIGHT_PX ? (all_px - seen_px) / (MAX_HEIGHT_PX - seen_px) : 1;
  };
  /** Where the first row that is in the page stands: scrolled in larger steps, rows are still where one looks. */
  const top_px = () => Math.round(first * rowHeight_px - (box?.scrollTop ?? 0) * (scale() - 1));
  const look = () => {
    if (!box || total === null) return;
    first = Math.max(0, Math.floor((box.scrollTop * scale()) / rowHeight_px) - SPARE_ROWS);
    shown = Math.max(LEAST_ROWS, Math.ceil(box.clientHeight / rowHeight_px)) + 2 * SPARE_ROWS;
    for (
      let number = Math.floor(first / PAGE_ROWS);
      number <= Math.floor((first + shown) / PAGE_ROWS);
      number += 1
    )
      fetchPage(number);
  };
  const scrolled = () => {
    if (planned) return;
    planned = requestAnimationFrame(() => {
      planned = 0;
      look();
      page.draw();
    });
  };

  async function fetchPage(number) {
    if (
      pages.has(number) ||
      reading.has(number) ||
      reading.size >= 2 ||
      (total !== null && number * PAGE_ROWS >= total && number > 0)
    )
      return;
    const mine = era;
    reading.add(number);
    try {
      const found = await read(number * PAGE_ROWS, PAGE_ROWS, page.signal);
      if (mine !== era) return;
      total = found.total;
      pages.set(number, found.rows);
      if (pages.size > MAX_PAGES) pages.delete(farthest());
      problem = null;
    } catch (error) {
      if (error.name === "AbortError" || mine !== era) return;
      problem = error;
    } finally {
      if (mine === era) reading.delete(number);
      page.draw();
    }
    if (mine === era && !problem) look();
  }

  const farthest = () => {
    const here = first / PAGE_ROWS;
    return [...pages.keys()].reduce((far, each) => (Math.abs(each - here) > Math.abs(far - here) ? each : far));
  };

  /** Read everything anew, from the top. */
  async function reload() {
    era += 1;
    [pages, reading, total, problem, first] = [new Map(), new Set(), null, null, 0];
    if (box) box.scrollTop = 0;
    await fetchPage(0);
    look();
  }

  const at = (index) => pages.get(Math.floor(index / PAGE_ROWS))?.[index % PAGE_ROWS];
  const kept = (element) => {
    if (element && element !== box) {
      box = element;
      look();
    }
  };

  const rows = () => {
    const last = Math.min(total, first + shown);
    return Array.from({ length: Math.max(0, last - first) }, (_, index) => {
      const value = at(first + index);
      return value === undefined
        ? html`<div class="waiting" role="listitem" aria-setsize=${total} aria-posinset=${first + index + 1}>
            ${page.t("page.opening")}
          </div>`
        : html`<div role="listitem" class="long-row" aria-setsize=${total} aria-posinset=${first + index + 1}>
            ${row(value, first + index)}
          </div>`;
    });
  };

  return {
    reload,
    at,
    total: () => total,
    view: () =>
      html` ${problem ? problemNotice(page, problem, reload) : nothing}
        ${total === 0 && !problem ? (empty?.() ?? nothing) : nothing}
        <div
          class="long-list"
          role="list"
          aria-label=${label}
          aria-busy=${total === null ? "true" : "false"}
          tabindex="0"
          ?hidden=${total === 0 || (total === null && problem)}
          .style=${`--row-height: ${rowHeight_px}px`}
          @scroll=${scrolled}
          ${ref(kept)}
        >
          ${
            total === null
              ? html`<p class="empty soft" role="status">${page.t("page.opening")}</p>`
              : html` <div .style=${`height: ${height_px()}px`}></div>
                  <div class="rows" .style=${`transform: translateY(${top_px()}px)`}>${rows()}</div>`
          }
        </div>`,
  };
}
