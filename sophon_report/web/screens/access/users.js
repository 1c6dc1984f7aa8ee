/** Users: who may log in, what each may do; added, given another role or password, removed. */
import { html, nothing } from "../../page/html.js";
import { icon } from "../../page/icons.js";
import { button, field } from "../../page/parts/controls.js";
import { explained, problemNotice } from "../../page/parts/notice.js";
import { watched } from "../../page/parts/watched.js";
import { asked } from "./asking.js";
import { passwordChoice, showOnce } from "./passwords.js";
import { roleBadge, roleChoice } from "./roles.js";

const AGAIN_MS = 15_000;
const NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,31}$/;

export async function open(page) {
  const { t } = page;
  const seen = watched(page, AGAIN_MS, () => page.api.get("/users", { signal: page.signal }));

  const said = (error) => (error.code === "CONFLICT" ? t("access.last_admin") : explained(page, error));

  async function add() {
    let name = "",
      role = "operator",
      isTried = false;
    const password = passwordChoice(page);
    const isName = () => NAME.test(name.trim());
    const nameField = () =>
      field({
        id: "user-name",
        label: t("access.user_name"),
        value: name,
        isCode: true,
        maxlength: 32,
        hint: t("access.user_name_hint"),
        wrong: isTried && !isName() ? t("access.user_name_wrong") : "",
        oninput: (value) => (name = value),
      });
    const told = await asked(page, {
      said,
      title: t("access.user_add"),
      action: t("page.add"),
      view: (wrong) =>
        html`${nameField()}
        ${roleChoice(page, { id: "user-role", value: role, onchange: (value) => (role = value) })}
        ${password.view(wrong)}`,
      send: () => {
        isTried = true;
        if (!isName()) throw t("access.user_name_wrong");
        return sent(password, (more) => page.api.post("/users", { name: name.trim(), role, ...more }));
      },
    });
    if (!told) return;
    page.say("good", t("access.user_added", { name: told.user.name }));
    await after(told);
  }

  async function givePassword({ name }) {
    const password = passwordChoice(page);
    const told = await asked(page, {
      said,
      title: t("access.password_give", { name }),
      action: t("page.save"),
      view: (wrong) =>
        html`<p>${t("access.password_ends", { name })}</p>
          ${password.view(wrong)}`,
      send: () =>
        sent(password, ({ password: chosen }) =>
          page.api.patch(at(name), chosen === undefined ? { make_password: true } : { password: chosen }),
        ),
    });
    if (!told) return;
    page.say("good", t("access.password_given", { name }));
    await after(told);
  }

  async function changeRole({ name, role: now }) {
    let role = now;
    const told = await asked(page, {
      said,
      title: t("access.user_role", { name }),
      action: t("page.save"),
      view: (wrong) =>
        html`${roleChoice(page, { id: "user-role", value: role, onchange: (value) => (role = value) })}
          <p class="soft">${t("access.user_role_ends", { name })}</p>
          ${wrong ? html`<p class="wrong" role="alert">${wrong}</p>` : nothing}`,
      send: () => page.api.patch(at(name), { role }),
    });
    if (!told) return;
    page.say("good", t("access.user_role_changed", { name, role: t(`access.role_${told.user.role}`) }));
    await seen.again();
  }

  async function remove({ name }) {
    const title = t("access.user_remove_title", { name });
    if (
      !(await page.confirm({
        title,
        body: t("access.user_remove_body", { name }),
        action: t("access.user_remove"),
        name,
      }))
    )
      return;
    try {
      await page.api.delete(at(name));
      page.say("good", t("access.user_removed", { name }));
    } catch (error) {
      page.say("bad", said(error));
    }
    await seen.again();
  }

  const at = (name) => `/users/${encodeURIComponent(name)}`;
  const sent = (password, send) => {
    if (!password.isRight()) throw t("page.problem_INVALID_ARGUMENTS");
    return send(password.value() === null ? {} : { password: password.value() });
  };
  async function after({ user: { name }, password }) {
    seen.again();
    if (password)
      await showOnce(page, {
        title: t("access.password_shown", { name }),
        warning: t("access.password_once"),
        secret: password,
      });
  }

  const when = (user) =>
    user.last_login_ms === null
      ? t("access.user_never")
      : t("access.user_last", { when: page.format.since(user.last_login_ms) });
  const told = (user) =>
    [
      when(user),
      user.sessions ? t("access.user_sessions", { count: user.sessions }) : "",
      user.generated ? t("access.user_made_up") : "",
    ]
      .filter(Boolean)
      .join(" · ");

  const row = (user) =>
    html`<li>
      <div class="item access-row">
        <div class="grow">
          <span class="row"
            ><strong class="wrap">${user.name}</strong
            >${user.name === page.me.user ? html`<span class="soft">(${t("access.user_you")})</span>` : nothing}
            ${roleBadge(page, user.role)}</span
          ><span class="soft small">${told(user)}</span>
        </div>
        <div class="row">
          ${button({ label: t("access.user_role_short"), onclick: () => changeRole(user) })}
          ${button({ label: t("access.password_new"), onclick: () => givePassword(user) })}
          ${button({ label: t("access.user_remove"), kind: "quiet danger", icon: "trash", onclick: () => remove(user) })}
        </div>
      </div>
    </li>`;

  return {
    view: () =>
      html`<section class="stack" aria-label=${t("access.tab_users")}>
        <div class="row">
          <p class="soft grow">${t("access.users_lead")}</p>
          ${button({ label: t("access.user_add"), kind: "primary", icon: "plus", onclick: add })}
        </div>
        ${seen.problem ? problemNotice(page, seen.problem, seen.again) : nothing}
        ${
          seen.told
            ? html`<ul class="card flush list">
                ${seen.told.users.map(row)}
              </ul>`
            : seen.problem
              ? nothing
              : html`<p class="soft" role="status">${icon("retry")} ${t("page.opening")}</p>`
        }
      </section>`,
    close() {},
  };
}
