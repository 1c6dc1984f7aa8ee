/** Whether programs of the owner may read or change people without showing who they are. */
import { html, nothing } from "../../page/html.js";
import { button, choices } from "../../page/parts/controls.js";
import { notice, problemNotice } from "../../page/parts/notice.js";

const SECTION = "access.";
const READS = `${SECTION}open_reads`,
  WRITES = `${SECTION}open_writes`,
  NETWORKS = `${SECTION}trusted_networks`;
const LEVELS = ["none", "read", "write"];

export async function make(page, { done }) {
  const told = await page.api.get("/settings", { signal: page.signal });
  const value = (key) => told.settings.find((each) => each.key === key)?.value;
  const networks = (value(NETWORKS) ?? []).join(", ");
  let level = value(WRITES) ? "write" : value(READS) ? "read" : "none";
  let problem = null,
    isBusy = false;

  async function save() {
    isBusy = true;
    page.draw();
    try {
      await page.api.patch("/settings", { changes: { [READS]: level !== "none", [WRITES]: level === "write" } });
      problem = null;
      await done();
    } catch (error) {
      problem = error;
    } finally {
      isBusy = false;
      page.draw();
    }
  }

  const warning = () =>
    level === "none"
      ? nothing
      : notice(
          "warn",
          html`<p>${page.t(`setup.access_warn_${level}`)}</p>
            <p>${page.t("setup.access_networks")} <code class="wrap">${networks || page.t("setup.access_nobody")}</code></p>`,
        );

  return {
    view: () =>
      html`<div class="stack">
        ${problem ? problemNotice(page, problem, save) : nothing}
        ${choices({
          id: "access-level",
          label: page.t("setup.access_question"),
          value: level,
          options: LEVELS.map((each) => ({
            value: each,
            label: page.t(`setup.access_${each}`),
            hint: page.t(`setup.access_${each}_hint`),
          })),
          onchange: (chosen) => {
            level = chosen;
            page.draw();
          },
        })}
        <div aria-live="polite">${warning()}</div>
        <p class="soft small">${page.t("setup.access_always")}</p>
        <div class="row">${button({ label: page.t("page.next"), kind: "primary", onclick: save, isBusy })}</div>
      </div>`,
  };
}
