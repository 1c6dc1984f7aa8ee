/** The audit log: who did what and from where, read a hundred lines at a time. */
import { html, nothing } from "../../page/html.js";
import { query } from "../../page/api.js";
import { button, searchField } from "../../page/parts/controls.js";
import { longList } from "../../page/parts/long_list.js";
import { empty } from "../../page/parts/pieces.js";

/** A line on a desk, three lines on a phone. */
const rowHeight_px = () => (matchMedia("(min-width: 52rem)").matches ? 48 : 76);
/** What a line is called in words; of any other its action is shown as it is. */
const DID = {
  "logged in": "logged_in",
  "login failed": "login_failed",
  "password changed": "password_changed",
  "password reset": "password_reset",
  refused: "refused",
  "POST /api/v1/users": "user_add",
  "PATCH /api/v1/users/{name}": "user_change",
  "DELETE /api/v1/users/{name}": "user_remove",
  "POST /api/v1/tokens": "token_make",
  "DELETE /api/v1/tokens/{name}": "token_revoke",
  "PATCH /api/v1/settings": "settings",
  "POST /sophon/v2/face/setconfigs": "settings",
  "POST /api/v1/people": "person_add",
  "POST /sophon/v2/face/createidentity": "person_add",
  "PATCH /api/v1/people/{identity_id}": "person_change",
  "POST /sophon/v2/face/updateidentity": "person_change",
  "DELETE /api/v1/people/{identity_id}": "person_remove",
  "DELETE /api/v1/people": "person_remove",
  "POST /sophon/v2/face/deleteidentities": "person_remove",
  [`POST /api/v1/people/import`]: "people_load",
  "POST /api/v1/people/export": "people_export",
  "POST /api/v1/devices": "device_add",
  "POST /sophon/v2/face/addmediadevice": "device_add",
  "PUT /api/v1/devices/{device_id}": "device_change",
  "POST /sophon/v2/face/updatemediadevice": "device_change",
  "DELETE /api/v1/devices/{device_id}": "device_remove",
  "POST /sophon/v2/face/deletemediadevice": "device_remove",
  "POST /api/v1/destinations": "destination_add",
  "PUT /api/v1/destinations/{name}": "destination_change",
  "DELETE /api/v1/destinations/{name}": "destination_remove",
  "POST /api/v1/destinations/{name}/dead/resend": "resend",
  "GET /api/v1/exports/{name}": "export_take",
  "POST /api/v1/devices/test": "device_test",
  "POST /api/v1/destinations/{name}/test": "destination_test",
  "POST /api/v1/destinations/{name}/pause": "destination_pause",
  "POST /api/v1/destinations/{name}/resume": "destination_resume",
  "POST /sophon/v2/face/wipedata": "wipe",
};
const ACTORS = { session: "user", token: "token" };

export async function open(page) {
  const { t } = page;
  let text = page.route.query.text ?? "";

  const list = longList(page, {
    label: t("access.audit_list"),
    rowHeight_px: rowHeight_px(),
    read: async (offset, limit, signal) => {
      const answer = await page.api.get(`/audit${query({ limit, offset: offset || "", text })}`, { signal });
      return { rows: answer.lines, total: answer.total };
    },
    row: (line) => row(line),
    empty: () =>
      empty(
        text
          ? { icon: "search", title: t("access.audit_not_found"), body: t("access.audit_not_found_body") }
          : { icon: "history", title: t("access.audit_none"), body: t("access.audit_none_body") },
      ),
  });
  list.reload();

  function search(wanted) {
    text = wanted.trim().slice(0, 100);
    list.reload();
  }

  function who(actor) {
    if (actor === "command") return t("access.actor_command");
    const [kind, name] = [actor.slice(0, actor.indexOf(":")), actor.slice(actor.indexOf(":") + 1)];
    return kind in ACTORS
      ? t(`access.actor_${ACTORS[kind]}`, { name })
      : t("access.actor_address", { name: actor });
  }

  /** What the box says beside it: names and keys as they are, the few words around them in those of the page. */
  const words = (detail) =>
    detail
      .split(", ")
      .map((part) => {
        const [, kind, rest, times] = /^(?:(from|as|of) )?(.*?)(?: ?(\d+) times)?$/.exec(part);
        const said = kind ? t(`access.note_${kind}`, { rest }) : rest;
        return times ? [said, t("access.note_times", { times })].filter(Boolean).join(" ") : said;
      })
      .join(" · ");

  const row = ({ at_ms, actor, action, detail }) => {
    const known = Object.hasOwn(DID, action);
    const about = [who(actor), words(detail)].filter(Boolean).join(" · ");
    return html`<div class="audit-row">
      <span class="clip" title=${action}
        >${known ? t(`access.did_${DID[action]}`) : html`<code>${action}</code>`}</span
      >
      <span class="soft small clip" title=${detail}>${about}</span>
      <time class="soft small figures" datetime=${new Date(at_ms).toISOString()}
        >${page.format.moment(at_ms)}</time
      >
    </div>`;
  };

  return {
    view: () =>
      html`<section class="stack" aria-label=${t("access.tab_audit")}>
        <p class="soft">${t("access.audit_lead")}</p>
        <div class="row">
          <div class="grow">
            ${searchField({ id: "audit-search", label: t("access.audit_search"), value: text, oninput: search })}
          </div>
          ${button({ label: t("access.audit_again"), icon: "retry", onclick: () => list.reload() })}
          <span class="soft small" role="status"
            >${list.total() === null ? nothing : t("access.audit_of", { shown: list.total() })}</span
          >
        </div>
        ${list.view()}
      </section>`,
    close() {},
  };
}
