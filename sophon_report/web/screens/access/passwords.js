/** Passwords that are given to somebody: chosen or made up, and those shown once. */
import { html, nothing } from "../../page/html.js";
import { choices, field } from "../../page/parts/controls.js";
import { notice } from "../../page/parts/notice.js";
import { copyable } from "../../page/parts/pieces.js";

/** Characters of a password. */
export const SHORTEST = 8,
  LONGEST = 128;

/**
 * The part of a form in which a password is chosen or left to the box.
 *
 * @returns {{view: (wrong: string) => any, value: () => (string|null), isRight: () => boolean}} `value`: `null` when
 *   the box makes it up
 */
export function passwordChoice(page) {
  const { t } = page;
  let kind = "made",
    password = "";
  const chosen = () =>
    field({
      id: "given-password",
      label: t("access.password_new"),
      type: "password",
      autocomplete: "new-password",
      value: password,
      hint: t("access.password_own_hint", { least: SHORTEST, most: LONGEST }),
      oninput: (value) => (password = value),
    });
  return {
    value: () => (kind === "made" ? null : password),
    isRight: () => kind === "made" || (password.length >= SHORTEST && password.length <= LONGEST),
    view: (wrong) =>
      html`${choices({
        id: "password-kind",
        label: t("access.password"),
        value: kind,
        options: [
          { value: "made", label: t("access.password_made"), hint: t("access.password_made_hint") },
          { value: "own", label: t("access.password_own") },
        ],
        onchange: (value) => {
          kind = value;
          page.draw();
        },
      })}
      ${kind === "own" ? chosen() : nothing} ${wrong ? notice("bad", wrong) : nothing}`,
  };
}

/** Show a secret that nothing can show again, until it is closed. */
export const showOnce = (page, { title, warning, secret }) =>
  page.dialog({
    title,
    view: () => html`<div class="stack">${notice("warn", warning)} ${copyable(page, secret)}</div>`,
    foot: (done) =>
      html`<button class="button primary" type="button" @click=${() => done()}>${page.t("page.done")}</button>`,
  });
