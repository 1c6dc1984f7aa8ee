/** The newest lines of the log: followed, held, filtered, taken along. The page keeps a bounded number of them. */
import { html, nothing, repeat } from "../../page/html.js";
import { query } from "../../page/api.js";
import { button, searchField, select } from "../../page/parts/controls.js";
import { notice, problemNotice } from "../../page/parts/notice.js";
import { badge, empty } from "../../page/parts/pieces.js";

const LOOK_MS = 2000;
const MAX_SHOWN = 300;
const MAX_TAKEN = 1000;
const LEVELS = ["debug", "info", "warning", "error"];
const STATES = { debug: "info", info: "info", warning: "warn", error: "bad", critical: "bad" };

export async function open(page) {
  const { t, format } = page;
  let lines = [],
    last = 0,
    missed = 0,
    level = page.route.query.level ?? "debug",
    text = "",
    follows = true,
    isAsked = false,
    problem = null,
    era = 0;

  async function look() {
    if (!follows && !isAsked) return;
    const mine = era;
    try {
      const told = await page.api.get(`/logs${query({ after: last || "", level, text, limit: MAX_SHOWN })}`, {
        signal: page.signal,
      });
      if (mine !== era) return;
      // A restart begins with the first line again.
      if (told.last_seq < last) return anew();
      lines = [...told.lines.reverse(), ...lines].slice(0, MAX_SHOWN);
      [last, missed, problem, isAsked] = [told.last_seq, missed + told.missed, null, false];
    } catch (error) {
      if (error.name === "AbortError") return;
      problem = error;
    }
    page.draw();
  }
  const turn = page.every(LOOK_MS, look);

  /** Other lines: those there are now come once, even while they are held. */
  function anew() {
    [lines, last, missed, isAsked] = [[], 0, 0, true];
    era += 1;
    turn();
    page.draw();
  }

  async function take() {
    try {
      const told = await page.api.get(`/logs${query({ level, text, limit: MAX_TAKEN })}`);
      const file = new Blob([told.lines.map((line) => `${asText(line)}\n`).join("")], { type: "text/plain" });
      const link = Object.assign(document.createElement("a"), {
        href: URL.createObjectURL(file),
        download: `sophon-report-${new Date().toISOString().slice(0, 19).replaceAll(":", "")}.log`,
      });
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
    } catch (error) {
      problem = error;
      page.draw();
    }
  }

  const values = (fields) =>
    Object.entries(fields)
      .filter(([name]) => name !== "process")
      .map(([name, value]) => `${name}=${value}`)
      .join("  ");
  const asText = ({ at, level: of, event, fields }) => `${at} ${of} ${event} ${values(fields)}`.trim();

  const line = (each) =>
    html`<li class="log-line">
      <span class="soft figures small" title=${each.at}>${format.time(Date.parse(each.at))}</span>
      <span>${badge(STATES[each.level] ?? "info", t(`system.level_${each.level}`))}</span>
      <div class="said">
        <code>${each.event}</code>
        <div class="values">${values(each.fields)}</div>
      </div>
    </li>`;

  return {
    view: () =>
      html`<div class="stack">
        <div class="tools">
          <div class="grow">
            ${searchField({
              id: "find-line",
              label: t("system.find_line"),
              value: text,
              oninput: (value) => {
                text = value;
                anew();
              },
            })}
          </div>
          ${select({
            id: "log-level",
            label: t("system.level"),
            value: level,
            options: LEVELS.map((value) => ({ value, label: t(`system.from_${value}`) })),
            onchange: (value) => {
              level = value;
              anew();
            },
          })}
          ${button({
            label: t(follows ? "system.hold" : "system.follow"),
            icon: follows ? "pause" : "play",
            isPressed: !follows,
            onclick: () => {
              follows = !follows;
              if (follows) turn();
              page.draw();
            },
          })}
          ${button({ label: t("system.take_log"), icon: "download", onclick: take })}
        </div>
        <p class="soft small">${t("system.log_hint", { count: MAX_SHOWN })}</p>
        ${problem ? problemNotice(page, problem, anew) : nothing}
        ${missed ? notice("info", html`<p>${t("system.missed", { count: missed })}</p>`) : nothing}
        ${
          lines.length
            ? html`<ol class="card flush log-lines" tabindex="0" aria-label=${t("system.tab_logs")}>
                ${repeat(lines, ({ seq }) => seq, line)}
              </ol>`
            : empty({ icon: "file", title: t("system.no_lines"), body: t("system.no_lines_hint") })
        }
      </div>`,
  };
}
