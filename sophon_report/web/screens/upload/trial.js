/** What came of a test: the request that was sent and the answer to it, side by side. Texts of a receiver stay texts. */
import { html, nothing } from "../../page/html.js";
import { notice } from "../../page/parts/notice.js";
import { reasonOf } from "./words.js";

const lines = (headers) => headers.map(([name, value]) => `${name}: ${value}\n`).join("");

const requestOf = (trial) =>
  trial.hops.map((hop, place) => `${hop.line}\n${lines(hop.headers)}${place ? "" : `\n${trial.body}\n`}`).join("\n");

function answerOf(trial, none) {
  const heads = trial.hops.filter((hop) => hop.status !== null);
  const told = heads.map((hop) => `HTTP ${hop.status}\n${lines(hop.answer_headers)}`).join("\n");
  return told || trial.answer ? `${told}\n${trial.answer}` : none;
}

/** @param {object} trial of `POST /destinations/test` */
export function trialView(page, trial) {
  const { t, format } = page;
  const took = format.length(trial.took_ms);
  const verdict = trial.accepted
    ? notice("good", html`<p>${t("upload.test_taken", { took })}</p>`)
    : notice(
        "bad",
        html`<p>${reasonOf(page, trial.code)}</p>
          <p class="soft">${trial.reason}</p>`,
      );
  return html`<div class="stack trial">
    ${verdict}
    <div class="columns">
      ${side(t("upload.request"), requestOf(trial) || t("upload.nothing_sent"), sizes(page, trial))}
      ${side(t("upload.answer"), answerOf(trial, t("upload.no_answer")))}
    </div>
  </div>`;
}

const sizes = ({ t, format }, trial) =>
  trial.body_bytes ? t("upload.body_shortened", { bytes: format.number(trial.body_bytes) }) : "";

/** A text of a request or answer below its heading; it can be scrolled by keyboard. */
export const side = (title, text, note = "") =>
  html`<section class="stack tight">
    <h3>${title}</h3>
    <pre class="code" tabindex="0" role="region" aria-label=${title}>${text}</pre>
    ${note ? html`<p class="soft small">${note}</p>` : nothing}
  </section>`;
