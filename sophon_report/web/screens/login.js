/**
 * The login: what everybody sees who has no session. Before any module is there the document shows the same form.
 *
 * Afterwards the page goes on where it was: the address has not changed.
 */
import { html, nothing } from "../page/html.js";
import { button, field } from "../page/parts/controls.js";
import { notice, problemNotice } from "../page/parts/notice.js";

export const areas = ["login"];

const SECOND_MS = 1000;

/** @param {Error|null} why the former session is over */
export async function open(page, why) {
  let username = "admin",
    password = "",
    problem = why,
    isTried = false,
    isBusy = false,
    free_ms = 0;

  const wait_s = () => Math.max(0, Math.ceil((free_ms - performance.now()) / SECOND_MS));

  async function login(event) {
    event.preventDefault();
    if (isBusy || wait_s()) return;
    [isTried, problem] = [true, null];
    if (!username.trim() || !password) return page.draw();
    isBusy = true;
    page.draw();
    try {
      await page.api.post("/session", { username: username.trim(), password, cookie: true });
      // The first step asks for another one, and need not ask for this one again.
      if (page.box.generated) page.box.typed = password;
      return await page.refresh();
    } catch (error) {
      problem = error;
      if (error.code === "TOO_MANY_TRIES") free_ms = performance.now() + (error.wait_s ?? 1) * SECOND_MS;
    } finally {
      [isBusy, password] = [false, ""];
    }
    page.draw();
    requestAnimationFrame(() => document.getElementById("password")?.focus());
  }

  // The seconds count down while somebody waits.
  page.every(SECOND_MS, () => problem?.code === "TOO_MANY_TRIES" && page.draw());

  function told() {
    if (isTried && !problem) return isBusy ? nothing : notice("warn", page.t("login.fill"));
    if (!problem) return nothing;
    if (problem.code === "SESSION_OVER") return notice("info", page.t("login.over"));
    if (problem.code === "TOO_MANY_TRIES") {
      const left_s = wait_s();
      return left_s
        ? notice("bad", page.t("login.wait", { wait_s: left_s }))
        : notice("info", page.t("login.wait_over"));
    }
    if (problem.status !== 401) return problemNotice(page, problem);
    return isTried ? notice("bad", page.t("login.wrong")) : notice("info", page.t("login.over"));
  }

  /** Where the password is that the box made up, while nobody has chosen another. */
  const firstPassword = () =>
    page.box.generated
      ? notice(
          "info",
          html`<p>${page.t("login.first_time")}</p>
            <p><code class="wrap">${page.box.password_file}</code></p>`,
        )
      : nothing;

  const help = () =>
    html`<details>
      <summary>${page.t("login.help")}</summary>
      <div class="stack tight small soft">
        <p>${page.t("login.help_first")}</p>
        <p>${page.t("login.help_forgotten")}</p>
        <code class="code">${COMMAND}</code>
      </div>
    </details>`;

  return {
    view: () =>
      html` <form class="card" @submit=${login} novalidate>
        <h1 tabindex="-1">${page.t("login.title")}</h1>
        ${told()} ${firstPassword()}
        ${field({ id: "username", label: page.t("login.user"), value: username, autocomplete: "username", isCode: true, maxlength: 128, oninput: (value) => (username = value) })}
        ${field({ id: "password", label: page.t("login.password"), type: "password", value: password, autocomplete: "current-password", maxlength: 1024, oninput: (value) => (password = value) })}
        ${button({ label: page.t("login.go"), kind: "primary", type: "submit", isBusy, isDisabled: wait_s() > 0 })}
        ${help()}
        <div class="row">${page.languageButton()}${page.themeButton()}</div>
      </form>`,
    close() {},
  };
}

const COMMAND = "sophon-report password reset";
