/** The exact request of a sample event in each of the six layouts, for the settings of the form. Nothing is sent. */
import { html, nothing } from "../../page/html.js";
import { button } from "../../page/parts/controls.js";
import { problemNotice } from "../../page/parts/notice.js";
import { copy } from "../../page/parts/pieces.js";
import { side } from "./trial.js";
import { layoutName } from "./words.js";

/**
 * @param {object} page
 * @param {() => object} seed the destination as the form has it
 * @returns {{view: () => any, show: () => Promise<void>, forget: () => void}} `forget`: what is shown is old now
 */
export function bodyPreview(page, seed) {
  let shown = null,
    secret = "",
    current = "",
    problem = null,
    isBusy = false,
    turn = 0;

  async function show() {
    const mine = ++turn;
    isBusy = true;
    page.draw();
    try {
      const told = await page.api.post("/destinations/preview", seed(), { signal: page.signal });
      if (mine !== turn) return;
      [shown, secret, problem] = [told.previews, told.signing_secret, null];
      if (!shown.some((each) => each.layout === current)) current = seed().layout;
    } catch (error) {
      if (error.name === "AbortError" || mine !== turn) return;
      [shown, problem] = [null, error];
    }
    isBusy = false;
    page.draw();
  }

  async function copyWhole() {
    try {
      const path = `/destinations/preview?whole=true&layout=${encodeURIComponent(current)}`;
      const told = await page.api.post(path, seed(), { signal: page.signal });
      await copy(page, told.previews[0].body);
    } catch (error) {
      problem = error;
      page.draw();
    }
  }

  const forget = () => {
    turn += 1;
    [shown, isBusy] = [null, false];
    page.draw();
  };
  const tab = (each) =>
    button({
      label: layoutName(page, each.layout),
      isPressed: each.layout === current,
      onclick: () => {
        current = each.layout;
        page.draw();
      },
    });
  const headers = (one) =>
    one.line ? `${one.line}\n${one.headers.map(([name, value]) => `${name}: ${value}`).join("\n")}` : "";

  function body(one) {
    const { t, format } = page;
    if (one.problem) return html`<p>${one.problem}</p>`;
    const size = t("upload.size", { bytes: format.number(one.body_bytes) });
    const sent =
      one.sent_bytes === one.body_bytes ? "" : t("upload.size_sent", { bytes: format.number(one.sent_bytes) });
    const short = one.shortened ? t("upload.shortened", { count: one.shortened }) : "";
    return html`${one.line ? side(t("upload.headers"), headers(one)) : html`<p class="soft">${t("upload.realtime")}</p>`}
      ${side(t("upload.body"), one.body, [size, sent, short].filter(Boolean).join(" "))}
      ${secret && one.line ? html`<p class="soft small">${t("upload.sample_secret", { secret })}</p>` : nothing}
      <div>${button({ label: t("upload.copy_body"), icon: "copy", onclick: copyWhole })}</div>`;
  }

  return {
    show,
    forget,
    view() {
      const one = shown?.find((each) => each.layout === current);
      return html`<section class="card" aria-label=${page.t("upload.preview")}>
        <div class="head">
          <h2>${page.t("upload.preview")}</h2>
          ${button({ label: page.t(shown ? "upload.preview_again" : "upload.preview_show"), icon: "search", isBusy, onclick: show })}
        </div>
        <p class="soft">${page.t("upload.preview_lead")}</p>
        ${problem ? problemNotice(page, problem, show) : nothing}
        ${shown ? html`<div class="row" role="group" aria-label=${page.t("upload.layout")}>${shown.map(tab)}</div>` : nothing}
        ${one ? body(one) : nothing}
      </section>`;
    },
  };
}
