/** One's own account: who one is, another password, and logging out, here or everywhere. */
import { html, nothing } from "../page/html.js";
import { button, field } from "../page/parts/controls.js";
import { notice, problemNotice } from "../page/parts/notice.js";
import { facts, heading } from "../page/parts/pieces.js";
import { LONGEST, SHORTEST } from "./access/passwords.js";

export const areas = ["account", "access"];

export async function open(page) {
  const { t } = page;
  const lengths = { least: SHORTEST, most: LONGEST };
  const given = { old_password: "", new_password: "", repeat: "" };
  let wrong = {},
    problem = null,
    isBusy = false,
    isLeaving = false;

  function check() {
    const { old_password: old, new_password: chosen, repeat } = given;
    wrong = {};
    if (!old) wrong.old_password = t("account.wrong_old");
    if (chosen.length < SHORTEST || chosen.length > LONGEST)
      wrong.new_password = t("account.wrong_length", lengths);
    else if (chosen.toLowerCase() === page.me.user.toLowerCase()) wrong.new_password = t("account.wrong_name");
    else if (chosen !== repeat) wrong.repeat = t("account.wrong_repeat");
    return Object.keys(wrong).length === 0;
  }

  async function change(event) {
    event.preventDefault();
    problem = null;
    if (!check()) return showWrong();
    isBusy = true;
    page.draw();
    try {
      const { old_password, new_password } = given;
      await page.api.put("/session/password", { old_password, new_password });
      Object.assign(given, { old_password: "", new_password: "", repeat: "" });
      page.say("good", t("account.changed"));
      await page.refresh();
    } catch (error) {
      if (error.of?.("old_password")) wrong = { old_password: t("account.wrong_old") };
      else problem = error;
      isBusy = false;
      showWrong();
    }
  }

  function showWrong() {
    page.draw();
    requestAnimationFrame(() => document.querySelector("form [aria-invalid=true]")?.focus());
  }

  async function logOut(everywhere) {
    if (everywhere && !(await isSure())) return;
    isLeaving = true;
    page.draw();
    try {
      await page.api.delete(everywhere ? "/session?everywhere=true" : "/session");
      page.leave();
    } catch (error) {
      [problem, isLeaving] = [error, false];
      page.draw();
    }
  }

  const isSure = () =>
    page.confirm({
      title: t("account.out_everywhere"),
      body: t("account.out_everywhere_ask"),
      action: t("account.out_everywhere"),
    });

  const input = (name, label, autocomplete, hint) =>
    field({
      id: name,
      label,
      hint,
      autocomplete,
      type: "password",
      value: given[name],
      wrong: wrong[name],
      oninput: (value) => (given[name] = value),
    });

  const you = () =>
    html`<section class="card" aria-labelledby="you">
      <h2 id="you">${t("account.you")}</h2>
      ${facts([
        [t("account.user"), html`<span class="wrap">${page.me.user}</span>`],
        [t("account.role"), t(`access.role_${page.me.role}`)],
        [t("account.address"), page.me.peer],
      ])}
      <p class="soft">${t(`account.may_${page.me.role}`)}</p>
      <p class="soft">${t("account.out_lead")}</p>
      <div class="row">
        ${button({ label: t("account.out_here"), icon: "out", isBusy: isLeaving, onclick: () => logOut(false) })}
        ${button({ label: t("account.out_everywhere"), kind: "danger", isDisabled: isLeaving, onclick: () => logOut(true) })}
      </div>
    </section>`;

  const password = () =>
    html`<form class="card" aria-labelledby="password" @submit=${change} novalidate>
      <h2 id="password">${t("account.password")}</h2>
      ${page.me.generated ? notice("warn", t("account.made_up")) : nothing}
      <input
        class="unseen"
        autocomplete="username"
        .value=${page.me.user}
        tabindex="-1"
        aria-hidden="true"
        readonly
      />
      ${input("old_password", t("account.old"), "current-password")}
      ${input("new_password", t("account.new"), "new-password", t("account.new_hint", lengths))}
      ${input("repeat", t("account.repeat"), "new-password")}
      <div class="row">${button({ label: t("account.change"), kind: "primary", type: "submit", isBusy })}</div>
    </form>`;

  return {
    view: () =>
      html`<div class="screen">
        ${heading(t("page.account"), t("account.lead"))} ${problem ? problemNotice(page, problem) : nothing}
        <div class="columns">${you()} ${password()}</div>
      </div>`,
    close() {},
  };
}
