/** What is known of a person, changed: name, kind, groups and whatever else is kept beside them. */
import { html } from "../../page/html.js";
import { button, field } from "../../page/parts/controls.js";
import { isOutdated, problemNotice } from "../../page/parts/notice.js";
import { groupFields, kindField } from "./kinds.js";

const asText = (value) => (typeof value === "string" ? value : JSON.stringify(value));

/**
 * Show the form until it is saved or left.
 *
 * @param {object} page
 * @param {{path: string, person: object, groups: object[], changed: (person: object) => void, read: () => Promise<object|null>}} of
 */
export async function edit(page, { path, person, groups, changed, read }) {
  const now = { name: person.name, user_type: person.user_type };
  const chosen = new Set(person.permission_ids);
  let more = Object.entries(person.ext ?? {}).map(([key, value]) => ({ key, text: asText(value), value }));
  let problem = null,
    isBusy = false,
    { etag } = person;

  /** What was not touched stays what it was, also when it is no text. */
  const ext = () =>
    Object.fromEntries(
      more
        .filter(({ key }) => key.trim())
        .map(({ key, text, value }) => [key.trim(), value !== undefined && asText(value) === text ? value : text]),
    );
  const save = (done) => async (event) => {
    event.preventDefault();
    if (!now.name.trim() || isBusy) return page.draw();
    isBusy = true;
    page.draw();
    try {
      const body = { ...now, name: now.name.trim(), permission_ids: [...chosen], ext: ext() };
      changed(await page.api.patch(path, body, { ifMatch: etag }));
      page.say("good", page.t("page.saved"));
      done();
    } catch (error) {
      problem = error;
      if (isOutdated(error)) etag = (await read())?.etag ?? etag; // seen behind the form now
    }
    isBusy = false;
    page.draw();
  };
  const set = (name) => (value) => {
    now[name] = value;
    page.draw();
  };

  const pair = (one, index) =>
    html`<div class="people-pair">
      ${field({ id: `ext-key-${index}`, label: page.t("people.ext_key"), value: one.key, maxlength: 64, oninput: (value) => (one.key = value) })}
      ${field({ id: `ext-text-${index}`, label: page.t("people.ext_value"), value: one.text, maxlength: 1024, oninput: (value) => (one.text = value) })}
      ${button({
        label: page.t("people.ext_drop", { name: one.key || index + 1 }),
        icon: "close",
        kind: "quiet",
        isSquare: true,
        onclick: () => {
          more = more.filter((each) => each !== one);
          page.draw();
        },
      })}
    </div>`;
  const form = (done) =>
    html`<form class="stack" id="people-edit" @submit=${save(done)}>
      ${problem ? problemNotice(page, problem) : ""}
      ${field({ id: "name", label: page.t("people.name"), value: now.name, maxlength: 256, wrong: now.name.trim() ? "" : page.t("people.needs_name"), oninput: set("name") })}
      ${kindField(page, now.user_type, set("user_type"))}${groupFields(page, groups, chosen)}
      <fieldset class="field">
        <legend>${page.t("people.ext")}</legend>
        <p class="hint">${page.t("people.ext_hint")}</p>
        ${more.map(pair)}
        <div>
          ${button({
            label: page.t("people.ext_add"),
            icon: "plus",
            kind: "quiet",
            onclick: () => {
              more = [...more, { key: "", text: "" }];
              page.draw();
            },
          })}
        </div>
      </fieldset>
      <div class="row">
        ${button({ label: page.t("page.save"), kind: "primary", type: "submit", isBusy })}
        ${button({ label: page.t("page.cancel"), onclick: () => done() })}
      </div>
    </form>`;

  await page.dialog({ title: page.t("people.edit"), view: form });
}
