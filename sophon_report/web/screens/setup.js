/**
 * The first steps: from a box out of its carton to the first event on the screen.
 *
 * Each step is a module with `make(page, {done, generated})` that gives `{view(), close?()}`; `done()` goes on. Which ones are behind the
 * box keeps, so that one may leave at any time and come back on another computer.
 */
import { html, nothing } from "../page/html.js";
import { button, linkButton } from "../page/parts/controls.js";
import { notice, problemNotice } from "../page/parts/notice.js";
import { heading } from "../page/parts/pieces.js";
import * as access from "./setup/access.js";
import * as camera from "./setup/camera.js";
import * as event from "./setup/event.js";
import * as name from "./setup/name.js";
import * as password from "./setup/password.js";
import { stepList } from "./setup/steps.js";
import * as upload from "./setup/upload.js";

export const areas = ["setup", "cameras", "upload"];

const MODULES = { password, access, name, camera, upload, event };
const STEPS = Object.keys(MODULES);
const OPTIONAL = ["name", "camera", "upload"];

export async function open(page) {
  if (!page.me.may_administer) return forAdmins(page);
  await Promise.all([page.style("screens/setup.css"), page.style("screens/cameras.css"), page.style("screens/upload.css")]);
  const told = await page.api.get("/setup", { signal: page.signal });
  const passed = new Set(told.passed);
  if (!page.me.generated) passed.add("password");
  const state = { current: "", step: null, problem: null, unkept: null, turn: 0 };

  const firstOpen = () => STEPS.find((each) => !passed.has(each)) ?? "event";
  const keep = (isDone) =>
    page.api.put("/setup", { done: isDone, passed: STEPS.filter((each) => each !== "event" && passed.has(each)) });

  /** This step is behind, whether something was done in it or not: the next one that is open. */
  async function done() {
    passed.add(state.current);
    state.unkept = null;
    try {
      await keep(told.done);
    } catch (problem) {
      // It is asked again next time, which the next step tells; what was done in it is done.
      state.unkept = problem;
    }
    const next = STEPS[STEPS.indexOf(state.current) + 1] ?? "event";
    page.go(`#/setup/${next}`);
  }

  async function finish() {
    try {
      await keep(true);
      page.box.done = true;
      page.go("#/live");
    } catch (problem) {
      state.unkept = problem;
      page.draw();
    }
  }

  async function show(wanted) {
    const turn = ++state.turn;
    const current = STEPS.includes(wanted) ? wanted : firstOpen();
    state.step?.close?.();
    Object.assign(state, { current, step: null, problem: null });
    try {
      const step = await MODULES[current].make(page, { done, finish });
      if (turn !== state.turn) return step.close?.();
      state.step = step;
    } catch (problem) {
      if (problem.name === "AbortError" || turn !== state.turn) return;
      state.problem = problem;
    }
    page.draw();
  }

  const skip = () =>
    OPTIONAL.includes(state.current)
      ? button({ label: page.t("setup.skip"), kind: "quiet", onclick: () => done() })
      : nothing;

  await show(page.route.parts[0]);
  return {
    view: () =>
      html`<div class="screen setup">
        ${heading(page.t("page.setup"), page.t("setup.lead"), linkButton({ label: page.t("setup.later"), href: "#/live", kind: "quiet" }))}
        ${stepList(page, { steps: STEPS, current: state.current, passed })}
        ${[state.unkept, state.problem].map((each) => (each ? problemNotice(page, each) : nothing))}
        <section class="card" aria-labelledby="setup-step">
          <div class="stack tight">
            <h2 id="setup-step" tabindex="-1">${page.t(`setup.${state.current}_title`)}</h2>
            <p class="soft">${page.t(`setup.${state.current}_lead`)}</p>
          </div>
          ${state.step?.view(skip) ?? html`<p class="soft" role="status">${page.t("page.opening")}</p>`}
        </section>
      </div>`,
    moved(route) {
      show(route.parts[0]).then(() =>
        requestAnimationFrame(() => document.getElementById("setup-step")?.focus({ preventScroll: true })),
      );
      window.scrollTo(0, 0);
      return true;
    },
    close: () => {
      state.turn += 1;
      state.step?.close?.();
    },
  };
}

const forAdmins = (page) => ({
  view: () => html`<div class="screen">${heading(page.t("page.setup"))} ${notice("info", page.t("page.admin_only"))}</div>`,
  close() {},
});
