/** The model files: whether they are whole, and under which terms they may be used. */
import { html, nothing } from "../../page/html.js";
import { button } from "../../page/parts/controls.js";
import { explained, notice } from "../../page/parts/notice.js";
import { badge, facts } from "../../page/parts/pieces.js";

const STATES = { ok: "good", own: "good", missing: "bad", incomplete: "warn", wrong: "bad" };

export async function open(page) {
  const { t, format } = page;
  let isBusy = false;
  const read = () => page.api.get("/models", { signal: page.signal });
  let told = await read();

  async function again() {
    isBusy = true;
    page.draw();
    try {
      told = await read();
      page.say("good", t("system.models_checked"));
    } catch (error) {
      if (error.name !== "AbortError") page.say("bad", explained(page, error));
    }
    isBusy = false;
    page.draw();
  }

  const one = (model) =>
    html`<li class="piece">
      <div class="stack tight">
        <h3>${t(`system.role_${model.role}`)} · ${model.name}</h3>
        ${facts([
          [t("system.licence"), model.licence || t("system.own_terms")],
          [t("system.source"), model.source],
          [t("system.file"), model.file],
          [t("system.size"), model.size_bytes ? format.bytes(model.size_bytes) : ""],
          [t("system.sha256"), model.sha256 ? html`<code class="wrap">${model.sha256}</code>` : ""],
        ])}
      </div>
      <div class="row">
        ${badge(STATES[model.state] ?? "info", t(`system.model_${model.state}`))}
        ${model.in_use ? badge("busy", t("system.in_use")) : nothing}
      </div>
    </li>`;

  const chip = (model) =>
    html`<li class="piece">
      <div class="stack tight">
        <h3>${model.chip} · ${t(`system.role_${model.role}`)}</h3>
        <p class="soft small wrap">${model.precision} · ${model.file}</p>
      </div>
      ${badge(STATES[model.state] ?? "info", t(`system.model_${model.state}`))}
    </li>`;

  const isAway = () => told.models.some((model) => ["missing", "wrong"].includes(model.state));
  return {
    view: () =>
      html`<div class="stack">
        <div class="row">
          <p class="grow soft">
            ${told.engine ? t("system.computes", { engine: told.engine }) : t("system.vision_away")}
          </p>
          ${button({ label: t("system.check_models"), icon: "retry", isBusy, onclick: again })}
        </div>
        ${isAway() ? notice("warn", html`<p>${t("system.models_missing")}</p>`) : nothing}
        <ul class="card flush">
          ${told.models.map(one)}
        </ul>
        ${
          told.chip_models.length
            ? html`<h2>${t("system.chip_models")}</h2>
                <ul class="card flush">
                  ${told.chip_models.map(chip)}
                </ul>`
            : nothing
        }
      </div>`,
  };
}
