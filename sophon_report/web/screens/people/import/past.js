/** The imports of the last weeks, each with its report. */
import { html, nothing } from "../../../page/html.js";
import { linkButton } from "../../../page/parts/controls.js";
import { badge } from "../../../page/parts/pieces.js";
import { reportPath } from "./result.js";

const MOST_SHOWN = 20;
const SIGNS = { done: "good", cancelled: "warn", "": "busy" };

export function pastImports(page) {
  let imports = [];
  return {
    async read() {
      imports = (await page.api.get("/imports")).imports.slice(0, MOST_SHOWN);
      page.draw();
    },
    view: () =>
      imports.length
        ? html`<section class="card">
            <h2>${page.t("people_import.past")}</h2>
            <ul class="list">
              ${imports.map((each) => html`<li>${one(each)}</li>`)}
            </ul>
          </section>`
        : nothing,
  };

  function one(told) {
    const how = told.ended in SIGNS ? told.ended || "open" : "failed";
    return html`<div class="row import-file">
      <span class="grow wrap">${told.source}</span>
      <span class="soft small"
        >${page.t("people_import.past_figures", { registered: told.registered, refused: told.refused })}</span
      >
      ${badge(SIGNS[told.ended] ?? "bad", page.t(`people_import.ended_${how}`))}
      ${
        told.report_lines
          ? linkButton({
              label: page.t("people_import.report"),
              kind: "quiet",
              icon: "download",
              href: page.api.url(reportPath(told.import_id)),
              download: "refused.csv",
            })
          : nothing
      }
    </div>`;
  }
}
