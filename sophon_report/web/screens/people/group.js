/** One permission group: who is in it, at which cameras it counts. */
import { html, nothing } from "../../page/html.js";
import { query } from "../../page/api.js";
import { area, button, linkButton, searchField } from "../../page/parts/controls.js";
import { longList } from "../../page/parts/long_list.js";
import { explained, notice, problemNotice } from "../../page/parts/notice.js";
import { empty, facts, heading } from "../../page/parts/pieces.js";
import { editGroup } from "./group_form.js";
import { face, placeOf } from "./kinds.js";

const FOUND = 20;
const AT_ONCE = 500;

export async function open(page) {
  const permission_id = page.route.parts[1];
  const path = `/groups/${encodeURIComponent(permission_id)}`;
  let group = null,
    problem = null,
    words = "",
    found = [],
    ids = "";

  async function read() {
    try {
      group = await page.api.get(path, { signal: page.signal });
      problem = null;
    } catch (error) {
      problem = error;
    }
    page.draw();
  }
  /** What the box did; null when it did nothing. */
  async function change(body) {
    let done = null;
    try {
      done = await page.api.post(`${path}/members`, body);
      const unknown = done.unknown.slice(0, 10).join(", ");
      if (done.unknown.length)
        page.say("warn", page.t("people_groups.unknown", { count: done.unknown.length, ids: unknown }));
      else page.say("good", page.t("page.saved"));
    } catch (error) {
      page.say("bad", explained(page, error));
    }
    await Promise.all([read(), list.reload()]);
    await search(words);
    return done;
  }
  async function search(text) {
    const asked = text.trim();
    words = asked;
    try {
      const wanted = query({ q: asked, limit: FOUND, sort: "name" });
      const { people } = asked ? await page.api.get(`/people${wanted}`, { signal: page.signal }) : { people: [] };
      if (asked !== words) return;
      found = people;
    } catch (error) {
      if (error.name === "AbortError" || asked !== words) return;
      [found, problem] = [[], error];
    }
    page.draw();
  }
  async function addMany(event) {
    event.preventDefault();
    const all = [...new Set(ids.split(/[\s,，;；]+/).filter(Boolean))];
    const left = [];
    for (let start = 0; start < all.length; start += AT_ONCE) {
      const add = all.slice(start, start + AT_ONCE);
      left.push(...((await change({ add }))?.unknown ?? add));
    }
    ids = left.join("\n");
    page.draw();
  }
  async function remove() {
    await read();
    const devices = page.format.list(group.devices.map((each) => each.name));
    const isMeant = await page.confirm({
      title: page.t("people_groups.delete_title", { name: group.name }),
      body: html`<p>${page.t("people_groups.delete_members", { count: group.members })}</p>
        <p>
          ${devices ? page.t("people_groups.delete_devices", { devices }) : page.t("people_groups.delete_no_devices")}
        </p>`,
      action: page.t("page.delete"),
      name: group.name,
    });
    if (!isMeant) return;
    try {
      await page.api.delete(path, { ifMatch: group.etag });
      page.go("#/people/groups");
    } catch (error) {
      page.say("bad", explained(page, error));
      await read();
    }
  }
  async function edited() {
    if (await editGroup(page, group)) await read();
  }

  const list = longList(page, {
    label: page.t("people_groups.who"),
    read: async (offset, limit, signal) => {
      const answer = await page.api.get(`/people${query({ permission_id, sort: "name", offset, limit })}`, {
        signal,
      });
      return { rows: answer.people, total: answer.total };
    },
    row: (person) => one(person, "remove"),
    empty: () =>
      empty({ icon: "people", title: page.t("people_groups.nobody"), body: page.t("people_groups.nobody_why") }),
  });
  const one = (person, what) =>
    html`${face(page, person.faces[0]?.photo_id)}
      <a class="grow" href=${placeOf(person.identity_id)}
        ><span class="clip">${person.name}</span><span class="soft small clip">${person.identity_id}</span></a
      >
      ${
        page.me.may_write
          ? button({
              label: page.t(`people_groups.${what}_one`, { name: person.name }),
              icon: what === "add" ? "plus" : "close",
              kind: "quiet",
              isSquare: true,
              onclick: () => change({ [what]: [person.identity_id] }),
            })
          : nothing
      }`;

  const adding = () =>
    html`<section class="card" aria-labelledby="adding-title">
      <h2 id="adding-title">${page.t("people_groups.add_people")}</h2>
      ${searchField({ id: "group-search", label: page.t("people.search"), value: words, oninput: search })}
      <ul class="list" role="list">
        ${found.filter((each) => !each.permission_ids.includes(permission_id)).map((each) => html`<li class="people-found">${one(each, "add")}</li>`)}
      </ul>
      ${words && found.length === 0 ? html`<p class="soft" role="status">${page.t("people.none_found")}</p>` : nothing}
      <details>
        <summary>${page.t("people_groups.many")}</summary>
        <form class="stack" @submit=${addMany}>
          ${area({ id: "group-ids", label: page.t("people_groups.ids"), value: ids, oninput: (text) => (ids = text) })}
          <div>${button({ label: page.t("page.add"), type: "submit" })}</div>
        </form>
      </details>
    </section>`;
  const actions = () =>
    page.me.may_write
      ? html`${button({ label: page.t("page.edit"), icon: "edit", onclick: edited })}
        ${button({ label: page.t("page.delete"), icon: "trash", kind: "danger", onclick: remove })}`
      : nothing;
  const about = () =>
    facts([
      [
        page.t("people_groups.cameras"),
        page.format.list(group.devices.map((each) => each.name)) || page.t("people_groups.at_none"),
      ],
      [page.t("people_groups.description"), group.description],
      [page.t("people.id"), group.permission_id],
    ]);

  await read();
  list.reload();
  return {
    title: true,
    view: () =>
      html`<div>
          ${linkButton({ label: page.t("people_groups.title"), href: "#/people/groups", icon: "left", kind: "quiet" })}
        </div>
        ${heading(group?.name ?? page.t("people_groups.title"), "", group ? actions() : nothing)}
        ${problem ? problemNotice(page, problem, read) : nothing}
        ${
          group
            ? html`${group.devices.length && !group.members ? notice("warn", page.t("people_groups.nobody_at")) : nothing}${about()}
                <div class="columns">
                  <section class="card flush" aria-label=${page.t("people_groups.who")}>${list.view()}</section>
                  ${page.me.may_write ? adding() : nothing}
                </div>`
            : nothing
        }`,
  };
}
