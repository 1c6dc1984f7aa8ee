/** Permission groups: whom the cameras that are bound to one accept. A group has a page of its own below. */
import { html, nothing } from "../../page/html.js";
import { query } from "../../page/api.js";
import { hashOf } from "../../page/router.js";
import { button } from "../../page/parts/controls.js";
import { longList } from "../../page/parts/long_list.js";
import { badge, empty } from "../../page/parts/pieces.js";
import { editGroup } from "./group_form.js";

export const areas = ["people_groups"];

export async function open(page) {
  if (page.route.parts[1]) return (await import("./group.js")).open(page);

  const list = longList(page, {
    label: page.t("people_groups.title"),
    read: async (offset, limit, signal) => {
      const found = await page.api.get(`/groups${query({ offset, limit })}`, { signal });
      return { rows: found.groups, total: found.total };
    },
    row,
    empty: () =>
      empty({
        icon: "people",
        title: page.t("people_groups.none"),
        body: page.t("people_groups.none_why"),
        action: add(),
      }),
  });

  function row(group) {
    const devices = page.format.list(group.devices.map((each) => each.name));
    return html`<a href=${hashOf(["people", "groups", group.permission_id])}>
      <span class="grow"
        ><span class="clip">${group.name}</span
        ><span class="soft small clip"
          >${devices ? page.t("people_groups.at", { devices }) : page.t("people_groups.at_none")}</span
        ></span
      >
      ${group.devices.length && !group.members ? badge("warn", page.t("people_groups.nobody")) : html`<span class="badge">${page.t("people_groups.members", { count: group.members })}</span>`}
    </a>`;
  }
  async function added() {
    const group = await editGroup(page, null);
    if (group) page.go(hashOf(["people", "groups", group.permission_id]));
  }
  const add = () =>
    page.me.may_write
      ? button({ label: page.t("people_groups.add"), icon: "plus", kind: "primary", onclick: added })
      : nothing;

  list.reload();
  return {
    view: () =>
      html`<div class="row">
          <p class="soft grow">${page.t("people_groups.lead")}</p>
          ${list.total() ? add() : nothing}
        </div>
        <div class="card flush">${list.view()}</div>`,
  };
}
