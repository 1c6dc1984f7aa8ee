/** Which version runs, and what is new in it. */
import { html, nothing } from "../../page/html.js";
import { linkButton } from "../../page/parts/controls.js";
import { badge } from "../../page/parts/pieces.js";

export async function open(page) {
  const { t, format } = page;
  const told = await page.api.get("/release-notes", { signal: page.signal });
  const one = (release) =>
    html`<section class="card">
      <div class="head">
        <h2>${t("system.version", { version: release.version })}</h2>
        ${release.version === told.version ? badge("good", t("system.runs_now")) : nothing}
        <span class="soft">${release.released ? format.date(Date.parse(release.released)) : t("system.unreleased")}</span>
      </div>
      <ul class="notes stack tight">
        ${release[page.language].map((each) => html`<li>${each}</li>`)}
      </ul>
    </section>`;
  return {
    view: () =>
      html`<div class="stack">
        <div class="row">
          <p class="grow soft">${t("system.about_hint")}</p>
          ${linkButton({ label: t("system.api_docs"), href: "/api/docs", icon: "link" })}
        </div>
        ${told.releases.map(one)}
      </div>`,
  };
}
