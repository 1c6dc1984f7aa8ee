/** Long work of the box: how far it is, and leaving it off. */
import { html, nothing } from "../html.js";
import { button } from "./controls.js";
import { explained } from "./notice.js";

const LOOK_MS = 700;
const ENDS = ["done", "failed", "cancelled"];

/** Whether a job has come to its end. */
export const isOver = (job) => ENDS.includes(job.state);

/** Follow a job until it ends; `changed(job)` is called at each look. Gives the job as it ended. */
export async function followJob(page, job, changed) {
  let now = job;
  changed(now);
  while (!isOver(now)) {
    await pause(LOOK_MS, page.signal);
    now = await page.api.get(`/jobs/${encodeURIComponent(job.job_id)}`, { signal: page.signal });
    changed(now);
  }
  return now;
}

/** A job as a bar with its step, and a button that leaves it off when that can be. */
export const jobProgress = (page, job, label) =>
  html` <div class="progress" role="status">
    <div class="row">
      <span class="grow">${label}</span><span class="soft figures">${amount(page, job.progress)}</span>
      ${job.cancellable && !isOver(job) ? button({ label: page.t("page.leave_off"), onclick: () => leaveOff(page, job) }) : nothing}
    </div>
    <progress
      aria-label=${label}
      max=${job.progress?.total || nothing}
      value=${job.progress?.total ? job.progress.done : nothing}
    ></progress>
  </div>`;

async function leaveOff(page, job) {
  try {
    await page.api.post(`/jobs/${encodeURIComponent(job.job_id)}/cancel`, {});
  } catch (error) {
    // What ended meanwhile need not be left off.
    if (error.code !== "CONFLICT") page.say("bad", explained(page, error));
  }
}
const amount = (page, progress) =>
  !progress
    ? ""
    : progress.total
      ? `${page.format.number(progress.done)} / ${page.format.number(progress.total)}`
      : page.format.number(progress.done);

function pause(length_ms, signal) {
  return new Promise((resolve, reject) => {
    const left = () => {
      clearTimeout(timer);
      reject(new DOMException("left", "AbortError"));
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", left);
      resolve();
    }, length_ms);
    if (signal.aborted) left();
    else signal.addEventListener("abort", left, { once: true });
  });
}
