/** The last hour of a destination as a small drawing: what was taken stands above the line, what failed hangs below. */
import { html, svg } from "../../page/html.js";

const MINUTES = 60,
  MINUTE_MS = 60_000,
  HALF = 14;

/** @param {{at_ms: number, accepted: number, failed: number}[]} past minutes in which something was tried */
export function pastHour(page, past, now_ms) {
  if (!past.length) return html`<p class="soft small">${page.t("upload.past_none")}</p>`;
  const most = Math.max(1, ...past.map((each) => Math.max(each.accepted, each.failed)));
  const sum = (name) => past.reduce((total, each) => total + each[name], 0);
  const values = { accepted: page.format.number(sum("accepted")), failed: page.format.number(sum("failed")) };
  const high = (count) => (count ? Math.max(1, Math.round((count / most) * HALF)) : 0);
  const bar = (each) => {
    const x = MINUTES - 1 - Math.floor((now_ms - each.at_ms) / MINUTE_MS);
    const [up, down] = [high(each.accepted), high(each.failed)];
    return svg`<rect class="taken" x=${x} y=${HALF - up} width="0.8" height=${up}></rect>
      <rect class="failed" x=${x} y=${HALF + 1} width="0.8" height=${down}></rect>`;
  };
  return html`<div class="past">
    <svg viewBox="0 0 ${MINUTES} ${2 * HALF + 1}" preserveAspectRatio="none" aria-hidden="true" focusable="false">
      ${past.map(bar)}
      <line x1="0" x2=${MINUTES} y1=${HALF + 0.5} y2=${HALF + 0.5}></line>
    </svg>
    <p class="soft small">${page.t("upload.past_hour", values)}</p>
  </div>`;
}
