/** Everybody: searched, narrowed down, sorted; however many, only the rows in sight are in the page. */
import { html, nothing } from "../../page/html.js";
import { query } from "../../page/api.js";
import { hashOf } from "../../page/router.js";
import { linkButton, searchField, select } from "../../page/parts/controls.js";
import { longList } from "../../page/parts/long_list.js";
import { groupNames, groupOptions, kindBadge, kindOptions, readGroups } from "../../page/parts/people.js";
import { empty } from "../../page/parts/pieces.js";
import { face, placeOf } from "./kinds.js";

const SORTS = ["name", "newest", "registered", "id"];

export async function open(page) {
  const { q = "", kind = "", group = "", sort = "name" } = page.route.query;
  const asked = { q, kind, group, sort: SORTS.includes(sort) ? sort : "name" };
  const groups = await readGroups(page);
  const names = groupNames(groups);

  const list = longList(page, {
    label: page.t("people.tab_all"),
    read: async (offset, limit, signal) => {
      const wanted = {
        q: asked.q,
        user_type: asked.kind,
        permission_id: asked.group,
        sort: asked.sort,
        offset,
        limit,
      };
      const found = await page.api.get(`/people${query(wanted)}`, { signal });
      return { rows: found.people, total: found.total };
    },
    row,
    empty: nobody,
  });

  function row(person) {
    const of = person.permission_ids.map((each) => names.get(each) ?? each);
    return html`<a href=${placeOf(person.identity_id)}>
      ${face(page, person.faces[0]?.photo_id)}
      <span class="grow"
        ><span class="clip">${person.name}</span
        ><span class="soft small clip">${[person.identity_id, ...of].join(" · ")}</span></span
      >
      ${person.faces.length === 0 ? html`<span class="soft small">${page.t("people.no_photo")}</span>` : nothing}
      ${kindBadge(page, person.user_type)}
    </a>`;
  }

  const isNarrowed = () => Boolean(asked.q || asked.kind || asked.group);
  function nobody() {
    if (isNarrowed())
      return empty({ icon: "search", title: page.t("people.none_found"), body: page.t("people.none_found_why") });
    const add = linkButton({ label: page.t("people.add"), href: "#/people/add", kind: "primary", icon: "plus" });
    return empty({
      icon: "people",
      title: page.t("people.none"),
      body: page.t("people.none_why"),
      action: page.me.may_write ? add : nothing,
    });
  }

  /** Another question: it stands in the address, so that coming back finds it. */
  function change(more) {
    Object.assign(asked, more);
    history.replaceState(
      null,
      "",
      hashOf(["people"], { ...asked, sort: asked.sort === "name" ? "" : asked.sort }),
    );
    list.reload();
    page.draw();
  }

  const filters = () =>
    html`<div class="people-filters">
      ${searchField({ id: "people-search", label: page.t("people.search"), value: asked.q, oninput: (text) => change({ q: text.trim() }) })}
      ${select({
        id: "people-kind",
        label: page.t("people.kind"),
        value: asked.kind,
        options: [{ value: "", label: page.t("people.any") }, ...kindOptions(page)],
        onchange: (value) => change({ kind: value }),
      })}
      ${select({
        id: "people-group",
        label: page.t("people.group"),
        value: asked.group,
        options: [{ value: "", label: page.t("people.any") }, ...groupOptions(groups)],
        onchange: (value) => change({ group: value }),
      })}
      ${select({
        id: "people-sort",
        label: page.t("people.sort"),
        value: asked.sort,
        options: SORTS.map((value) => ({ value, label: page.t(`people.sort_${value}`) })),
        onchange: (value) => change({ sort: value }),
      })}
    </div>`;

  list.reload();
  return {
    view: () =>
      html`${filters()}
        <p class="soft small" role="status">
          ${list.total() ? page.t("people.found", { count: page.format.number(list.total()) }) : nothing}
        </p>
        <div class="card flush">${list.view()}</div>`,
  };
}
