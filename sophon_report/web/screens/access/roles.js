/** The roles, as a choice and in a word. */
import { html } from "../../page/html.js";
import { choices } from "../../page/parts/controls.js";

const ROLES = ["viewer", "operator", "admin"];

/** One of the roles, each with what it may. */
export const roleChoice = (page, { id, value, onchange }) =>
  choices({
    id,
    label: page.t("access.role"),
    value,
    onchange,
    options: ROLES.map((role) => ({
      value: role,
      label: page.t(`access.role_${role}`),
      hint: page.t(`access.${role}_may`),
    })),
  });

export const roleBadge = (page, role) => html`<span class="badge">${page.t(`access.role_${role}`)}</span>`;
