/** One person: photos, what is known of them, when they were last seen, and their end. */
import { html, nothing } from "../../page/html.js";
import { hashOf } from "../../page/router.js";
import { button, linkButton } from "../../page/parts/controls.js";
import { jobProgress } from "../../page/parts/jobs.js";
import { explained, notice, problemNotice } from "../../page/parts/notice.js";
import { groupNames, kindBadge, readGroups } from "../../page/parts/people.js";
import { empty, facts, heading } from "../../page/parts/pieces.js";
import { edit } from "./edit.js";
import { erasing } from "./erase.js";
import { personPhotos } from "./person_photos.js";

export async function open(page) {
  const identity_id = page.route.parts[1] ?? "";
  const path = `/people/${encodeURIComponent(identity_id)}`;
  let person = null,
    groups = [],
    seen = null,
    problem = null;

  async function read() {
    try {
      [person, groups] = await Promise.all([page.api.get(path, { signal: page.signal }), readGroups(page)]);
      problem = null;
    } catch (error) {
      problem = error;
    }
    page.draw();
    return person;
  }
  async function look() {
    const asked = `/events?limit=1&identity_id=${encodeURIComponent(identity_id)}`;
    seen = await page.api.get(asked, { signal: page.signal });
    page.draw();
  }
  const changed = (now) => {
    person = now;
    page.draw();
  };
  /** What somebody else changed meanwhile is read before it is changed again. */
  async function trying(act) {
    try {
      await act();
    } catch (error) {
      if (error.name === "AbortError") return;
      page.say("bad", explained(page, error));
      await read();
    }
  }

  await read();
  page.every(10_000, look);
  const ending = erasing(page, () => person);
  const photos = personPhotos(page, { identity_id, person: () => person, changed, trying });

  const lastSeen = () => {
    if (seen === null) return page.t("page.opening");
    const [last] = seen.events;
    if (!last) return page.t("people.never_seen");
    const said = page.t("people.seen", {
      when: page.format.moment(last.at_ms),
      where: last.device_name,
      count: seen.total,
    });
    return html`<a href=${hashOf(["history"], { person: identity_id })}>${said}</a>`;
  };
  const known = () => {
    const names = groupNames(groups);
    const of = page.format.list(person.permission_ids.map((each) => names.get(each) ?? each));
    const more = Object.entries(person.ext ?? {}).map(([key, value]) => [
      key,
      typeof value === "string" ? value : JSON.stringify(value),
    ]);
    return facts([
      [page.t("people.id"), person.identity_id],
      [page.t("people.kind"), kindBadge(page, person.user_type)],
      [page.t("people.groups"), of || page.t("people.in_no_group")],
      [page.t("people.last_seen"), lastSeen()],
      ...more,
    ]);
  };
  const actions = () =>
    page.me.may_write
      ? html`${button({ label: page.t("page.edit"), icon: "edit", onclick: () => trying(() => edit(page, { path, person, groups, changed, read })) })}
        ${button({ label: page.t("people.remove"), icon: "trash", kind: "danger", onclick: () => trying(ending.ask) })}`
      : nothing;
  const back = () =>
    linkButton({ label: page.t("people.tab_all"), href: "#/people", icon: "left", kind: "quiet" });

  const gone = () =>
    problem.code === "NOT_FOUND"
      ? empty({
          icon: "people",
          title: page.t("people.nobody"),
          body: page.t("people.nobody_why"),
          action: back(),
        })
      : problemNotice(page, problem, read);
  const whole = () =>
    html`<div class="columns">
      ${photos.view()}
      <section class="card" aria-labelledby="about-title">
        <h2 id="about-title">${page.t("people.about")}</h2>
        ${known()}
      </section>
    </div>`;

  return {
    title: true,
    view() {
      if (ending.job())
        return html`${heading(person.name)}${jobProgress(page, ending.job(), page.t("people.erasing"))}`;
      if (!person) return html`${heading(page.t("page.people"))}${problem ? gone() : nothing}`;
      return html`<div>${back()}</div>
        ${heading(person.name, "", actions())}${page.me.may_write ? nothing : notice("info", page.t("page.read_only"))}${problem ? problemNotice(page, problem, read) : nothing}${whole()}`;
    },
    close: photos.close,
  };
}
