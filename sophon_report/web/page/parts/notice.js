/** What is told in a box: that something is good, doubtful or wrong, and what to do about it. */
import { html, nothing } from "../html.js";
import { icon } from "../icons.js";

/** Told by the login; whoever is in again has nothing to do about it. */
const UNKNOWN_USER = 401;

/** Whether what was to be changed is not what is saved any more. */
export const isOutdated = (problem) => problem.code === "PRECONDITION_FAILED";

/** A box of `kind` good, warn, bad or info with a text, and an action when there is one. */
export const notice = (kind, text, action = nothing) =>
  html` <div class="notice ${kind}" role=${kind === "bad" ? "alert" : "status"}>
    ${icon(kind)}
    <div class="text">${text}</div>
    ${action}
  </div>`;

/** What `problem` means in the page's language: what happened, and what to do next. */
export function explained({ t, has }, problem) {
  const code = problem.code ?? "UNEXPECTED";
  return t(has(`page.problem_${code}`) ? `page.problem_${code}` : "page.problem_UNEXPECTED", {
    wait_s: problem.wait_s ?? "",
  });
}

/**
 * A problem as it is shown: in the page's language, with the box's own words below.
 *
 * @param {object} page
 * @param {Error} problem a Problem of the API, or anything that was thrown
 * @param {Function} [again] tries it once more; reads anew what somebody else has changed
 */
export const problemNotice = (page, problem, again) =>
  problem.status === UNKNOWN_USER && page.me?.user ? nothing : toldProblem(page, problem, again);

/** The box's own words; none when it did not answer. */
const wordsOf = (problem) => problem.detail ?? problem.message;

const toldProblem = (page, problem, again) =>
  notice(
    "bad",
    html` <p>${explained(page, problem)}</p>
      ${
        wordsOf(problem)
          ? html`<details>
              <summary>${page.t("page.details")}</summary>
              <p>${wordsOf(problem)}</p>
            </details>`
          : nothing
      }`,
    again
      ? html`<button class="button" type="button" @click=${() => again()}>
          ${icon("retry")}${page.t(isOutdated(problem) ? "page.read_again" : "page.again")}
        </button>`
      : nothing,
  );
