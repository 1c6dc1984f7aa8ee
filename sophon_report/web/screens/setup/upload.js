/** Where events are sent: one address, tried with a sample event before it is saved. */
import { html, nothing } from "../../page/html.js";
import { button, field, select } from "../../page/parts/controls.js";
import { problemNotice } from "../../page/parts/notice.js";
import { badge } from "../../page/parts/pieces.js";
import { fresh, seedOf } from "../upload/draft.js";
import { trialView } from "../upload/trial.js";
import { LAYOUTS, layoutName } from "../upload/words.js";

export async function make(page, { done }) {
  const { destinations } = await page.api.get("/destinations", { signal: page.signal });
  const draft = fresh();
  let problem = null,
    trial = null,
    wrong = "",
    busy = "";

  async function run(event, what, path, then) {
    event?.preventDefault();
    wrong = /^https?:\/\/[^/]+/i.test(draft.url.trim()) ? "" : page.t("setup.upload_wrong");
    if (busy || wrong) return page.draw();
    [busy, problem] = [what, null];
    if (what === "test") trial = null;
    page.draw();
    try {
      then(await page.api.post(path, seedOf(draft, true), { signal: page.signal }));
    } catch (error) {
      if (error.name !== "AbortError") problem = error;
    } finally {
      busy = "";
      page.draw();
    }
  }
  const test = (event) => run(event, "test", "/destinations/test", (told) => (trial = told));
  const save = (event) => run(event, "save", "/destinations", () => done());

  const there = () =>
    html`<ul class="list" aria-label=${page.t("setup.upload_there")}>
        ${destinations.map(
          (each) =>
            html`<li class="item">
              <span class="grow"
                ><span class="wrap">${each.name}</span><span class="soft small wrap">${each.url}</span></span
              >
              ${badge("off", each.layout)}
            </li>`,
        )}
      </ul>
      <div class="row">${button({ label: page.t("page.next"), kind: "primary", onclick: () => done() })}</div>`;

  return {
    view: (skip) =>
      html`${destinations.length ? there() : nothing}
        <form class="stack" @submit=${save} novalidate>
          ${field({
            id: "upload-url",
            label: page.t("setup.upload_url"),
            type: "url",
            value: draft.url,
            placeholder: page.t("setup.upload_example"),
            hint: page.t("setup.upload_hint"),
            isCode: true,
            wrong,
            maxlength: 2048,
            oninput: (url) => {
              [draft.url, trial] = [url, null];
              page.draw();
            },
          })}
          ${select({
            id: "upload-layout",
            label: page.t("upload.layout"),
            value: draft.layout,
            hint: page.t("setup.upload_layout_hint"),
            options: LAYOUTS.map((value) => ({ value, label: layoutName(page, value) })),
            onchange: (layout) => {
              [draft.layout, trial] = [layout, null];
              page.draw();
            },
          })}
          ${problem ? problemNotice(page, problem) : nothing}
          <div class="row">
            ${button({ label: page.t("setup.upload_test"), icon: "upload", onclick: test, isBusy: busy === "test", isDisabled: !draft.url })}
            <span class="soft small">${page.t("setup.upload_test_hint")}</span>
          </div>
          <div aria-live="polite">${trial ? trialView(page, trial) : nothing}</div>
          <div class="row">
            ${button({ label: page.t("setup.upload_save"), kind: destinations.length ? "" : "primary", type: "submit", isBusy: busy === "save" })}
            ${destinations.length ? nothing : skip()}
          </div>
        </form>`,
  };
}
