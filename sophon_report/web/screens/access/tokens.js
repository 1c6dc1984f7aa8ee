/** API tokens: what programs show to be let in. One is shown when it is made, and never again. */
import { html, nothing } from "../../page/html.js";
import { button, field } from "../../page/parts/controls.js";
import { explained, notice, problemNotice } from "../../page/parts/notice.js";
import { empty } from "../../page/parts/pieces.js";
import { watched } from "../../page/parts/watched.js";
import { asked } from "./asking.js";
import { showOnce } from "./passwords.js";
import { roleBadge, roleChoice } from "./roles.js";

const AGAIN_MS = 30_000;
const NAME = /^[A-Za-z0-9_.-]{1,64}$/;

export async function open(page) {
  const { t } = page;
  const seen = watched(page, AGAIN_MS, () => page.api.get("/tokens", { signal: page.signal }));

  async function make() {
    const wanted = { name: "", role: "operator" };
    let isTried = false;
    const isName = () => NAME.test(wanted.name);
    const nameField = () =>
      field({
        id: "token-name",
        label: t("access.token_name"),
        value: wanted.name,
        isCode: true,
        maxlength: 64,
        hint: t("access.token_name_hint"),
        wrong: isTried && !isName() ? t("access.token_name_wrong") : "",
        oninput: (value) => (wanted.name = value.trim()),
      });
    const made = await asked(page, {
      title: t("access.token_add"),
      action: t("access.token_add"),
      view: (wrong) =>
        html`${nameField()}
        ${roleChoice(page, { id: "token-role", value: wanted.role, onchange: (value) => (wanted.role = value) })}
        ${wrong ? notice("bad", wrong) : nothing}`,
      send: () => {
        isTried = true;
        if (!isName()) throw "";
        return page.api.post("/tokens", wanted);
      },
    });
    if (!made) return;
    seen.again();
    await showOnce(page, {
      title: t("access.token_shown", { name: made.name }),
      warning: t("access.token_once"),
      secret: made.token,
    });
  }

  async function revoke({ name }) {
    const title = t("access.token_revoke_title", { name });
    const action = t("access.token_revoke");
    if (!(await page.confirm({ title, body: t("access.token_revoke_body"), action, name }))) return;
    try {
      await page.api.delete(`/tokens/${encodeURIComponent(name)}`);
      page.say("good", t("access.token_revoked", { name }));
    } catch (error) {
      page.say("bad", explained(page, error));
    }
    await seen.again();
  }

  const told = ({ created_ms, used_ms }) =>
    [
      t("access.token_made", { when: page.format.date(created_ms) }),
      used_ms === null ? t("access.token_unused") : t("access.token_used", { when: page.format.since(used_ms) }),
    ].join(" · ");

  const row = (token) =>
    html`<li>
      <div class="item access-row">
        <div class="grow">
          <span class="row"><strong class="wrap">${token.name}</strong>${roleBadge(page, token.role)}</span
          ><span class="soft small">${told(token)}</span>
        </div>
        ${button({ label: t("access.token_revoke"), kind: "quiet danger", icon: "trash", onclick: () => revoke(token) })}
      </div>
    </li>`;

  const list = () =>
    seen.told.tokens.length
      ? html`<ul class="card flush list">
          ${seen.told.tokens.map(row)}
        </ul>`
      : empty({ icon: "key", title: t("access.tokens_none"), body: t("access.tokens_none_body") });

  return {
    view: () =>
      html`<section class="stack" aria-label=${t("access.tab_tokens")}>
        <div class="row">
          <p class="soft grow">${t("access.tokens_lead")}</p>
          ${button({ label: t("access.token_add"), kind: "primary", icon: "plus", onclick: make })}
        </div>
        ${seen.problem ? problemNotice(page, seen.problem, seen.again) : nothing} ${seen.told ? list() : nothing}
      </section>`,
    close() {},
  };
}
