/** What is wrong right now, the worst first, each with the button that leads to where it is mended. */
import { html, nothing } from "../../page/html.js";
import { icon } from "../../page/icons.js";
import { linkButton } from "../../page/parts/controls.js";
import { notice } from "../../page/parts/notice.js";

const KINDS = { failing: "bad", warning: "warn", notice: "info" };
/** Where the words for a reason's code stand, by the code of the problem. */
const REASONS = {
  camera_off: "cameras.reason_",
  destination_paused: "upload.reason_",
  destination_failing: "upload.reason_",
};

/** Where the words for reasons stand: needed when something is wrong, and not waited for. */
const AREAS = ["cameras", "upload"];

/** @returns {{view: () => any}} */
export function wrongNow(page) {
  for (const area of AREAS) page.loadTexts(area).then(page.draw, () => {});
  const view = () => {
    const problems = page.wrong.problems();
    if (!problems) return nothing;
    return html`<section class="card wrong-now" aria-labelledby="wrong-title">
      <h2 id="wrong-title">${page.t("live.wrong")}</h2>
      ${
        problems.length
          ? html`<ul class="stack tight">
              ${problems.map((each) => html`<li>${line(each)}</li>`)}
            </ul>`
          : notice("good", page.t("live.nothing_wrong"))
      }
    </section>`;
  };

  const line = (problem) =>
    html`<div class="notice ${KINDS[problem.severity]}">
      ${icon(KINDS[problem.severity])}
      <div class="text">
        <p><span class="unseen">${page.t(`live.severity_${problem.severity}`)}</span>${words(page, problem)}</p>
        ${why(problem)}
        ${problem.since_ms ? html`<p class="soft small">${page.t("live.since", { since: page.format.moment(problem.since_ms) })}</p>` : nothing}
      </div>
      ${way(problem.place)}
    </div>`;

  const why = (problem) => {
    const { reason_code: code, reason } = problem.values;
    const key = `${REASONS[problem.code]}${code}`;
    if (code && page.has(key)) return html`<p class="small">${page.t(key, problem.values)}</p>`;
    return reason
      ? html`<details>
          <summary>${page.t("page.details")}</summary>
          <p>${reason}</p>
        </details>`
      : nothing;
  };
  const way = (place) => {
    const screen = place.split("/")[0];
    return place
      ? linkButton({ label: page.t("live.mend", { screen: page.t(`page.${screen}`) }), href: `#/${place}` })
      : nothing;
  };
  return { view };
}

/** A problem in the page's language; in the box's own words when this page is older than the box. */
function words(page, problem) {
  const key = `live.wrong_${problem.code}`;
  if (!page.has(key)) return problem.text;
  const { values } = problem;
  const told = { subject: problem.subject, ...values };
  for (const name of ["free_bytes", "reserve_bytes"])
    if (name in values) told[name] = page.format.bytes(values[name]);
  for (const name of ["backlog", "most"]) if (name in values) told[name] = page.format.number(values[name]);
  if ("by_s" in values) told.by = page.format.length(Math.abs(values.by_s) * 1000);
  return page.t(key, told);
}
