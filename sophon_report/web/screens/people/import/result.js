/** What became of an import: how many, and whom it refused and why, row by row. */
import { html, nothing } from "../../../page/html.js";
import { linkButton } from "../../../page/parts/controls.js";
import { notice } from "../../../page/parts/notice.js";
import { figure } from "../../../page/parts/pieces.js";
import { rowsOf } from "./csv.js";

const MOST_SHOWN = 200;

/** Where the report of an import is. */
export const reportPath = (import_id) => `/imports/${encodeURIComponent(import_id)}/report`;

export function importResult(page) {
  let result = null,
    state = "",
    rows = [];

  return {
    clear() {
      [result, rows] = [null, []];
    },
    async show(told, how) {
      [result, state] = [told, how];
      if (told.report_lines) rows = rowsOf(await (await page.api.blob(reportPath(told.import_id))).text());
      page.draw();
    },
    view: () => (result ? html`<section class="card" aria-live="polite">${inside()}</section>` : nothing),
  };

  function inside() {
    const isWhole = state === "done";
    return html`<h2>${page.t("people_import.result")}</h2>
      ${notice(
        isWhole && !result.refused ? "good" : "warn",
        page.t(isWhole ? (result.refused ? "people_import.done_some" : "people_import.done_all") : "people_import.cancelled"),
      )}
      <div class="figure-grid">
        ${figure(page.t("people_import.registered"), page.format.number(result.registered))}
        ${figure(page.t("people_import.refused"), page.format.number(result.refused))}
        ${figure(page.t("people_import.rows"), page.format.number(result.rows))}
      </div>
      ${result.report_lines ? refused() : nothing}`;
  }

  function refused() {
    return html`<div class="table-scroll" tabindex="0" role="region" aria-label=${page.t("people_import.report")}>
        <table class="table">
          <thead>
            <tr>
              <th class="number">${page.t("people_import.row")}</th>
              <th>${page.t("people_import.who")}</th>
              <th>${page.t("people_import.why")}</th>
            </tr>
          </thead>
          <tbody>
            ${rows.slice(0, MOST_SHOWN).map(line)}
          </tbody>
        </table>
      </div>
      ${rows.length > MOST_SHOWN ? html`<p class="soft">${page.t("people_import.more", { count: result.report_lines - MOST_SHOWN })}</p>` : nothing}
      <div class="row">
        ${linkButton({
          label: page.t("people_import.download"),
          icon: "download",
          href: page.api.url(reportPath(result.import_id)),
          download: "refused.csv",
        })}
      </div>`;
  }

  function line({ row, label, what, reason, code }) {
    const key = `people_import.reason_${code}`;
    return html`<tr>
      <td class="number">${row}</td>
      <td class="wrap">${label}</td>
      <td>
        ${what === "left out" ? html`<p>${page.t("people_import.left_out")}</p>` : nothing}
        <p>${page.t(page.has(key) ? key : "people_import.reason_row")}</p>
        <p class="soft small wrap">${reason}</p>
      </td>
    </tr>`;
  }
}
