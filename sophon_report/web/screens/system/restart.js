/** What waits for a restart, and the restart itself. */
import { html, nothing } from "../../page/html.js";
import { button } from "../../page/parts/controls.js";
import { notice, problemNotice } from "../../page/parts/notice.js";
import { copyable } from "../../page/parts/pieces.js";

const LOOK_MS = 1500;
const PATIENCE_MS = 120_000;

/** A notice that stands above every tab while settings wait. */
export function restartNotice(page) {
  let told = null,
    isLeaving = false,
    problem = null;

  /** Ask what waits now. */
  async function look() {
    try {
      told = await page.api.get("/restart", { signal: page.signal });
    } catch (error) {
      if (error.name !== "AbortError") told = null;
    }
    page.draw();
  }

  async function restart() {
    const { t } = page;
    const body = t("system.restart_body");
    if (
      !(await page.confirm({
        title: t("system.restart_title"),
        body,
        action: t("system.restart"),
        isHarmless: true,
      }))
    )
      return;
    try {
      problem = null;
      await page.api.post("/restart", {});
      isLeaving = true;
      page.draw();
      await back();
      location.reload();
    } catch (error) {
      if (error.name === "AbortError") return;
      [problem, isLeaving] = [error, false];
      page.draw();
    }
  }

  /** Wait until the service has gone and answers again. */
  async function back() {
    const until_ms = Date.now() + PATIENCE_MS;
    let hasGone = false;
    while (Date.now() < until_ms) {
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
      try {
        const { uptime_s } = await page.api.get("/status", { signal: page.signal });
        if (hasGone || uptime_s * 1000 < Date.now() - until_ms + PATIENCE_MS) return;
      } catch (error) {
        if (error.name === "AbortError") throw error;
        hasGone = true;
      }
    }
  }

  const names = () => page.format.list(told.waiting.map((key) => page.t(`settings.${key}.name`)));
  const way = () =>
    told.possible && page.me.may_administer
      ? button({ label: page.t("system.restart"), icon: "retry", onclick: restart })
      : nothing;
  const byHand = () =>
    told.possible
      ? nothing
      : html`<p>${page.t("system.restart_by_hand")}</p>
          ${copyable(page, told.commands[0])}`;

  return {
    look,
    view: () => {
      if (isLeaving) return notice("info", html`<p>${page.t("system.restarting")}</p>`);
      return html`${problem ? problemNotice(page, problem) : nothing}
      ${
        told?.waiting.length
          ? notice(
              "warn",
              html`<p>${page.t("system.waiting", { names: names() })}</p>
                ${byHand()}`,
              way(),
            )
          : nothing
      }`;
    },
  };
}
