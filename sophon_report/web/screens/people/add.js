/** Somebody new: photos first, since they decide whether it will do, then who it is. */
import { html, nothing } from "../../page/html.js";
import { query } from "../../page/api.js";
import { button, field, linkButton } from "../../page/parts/controls.js";
import { notice, problemNotice } from "../../page/parts/notice.js";
import { heading } from "../../page/parts/pieces.js";
import { readGroups } from "../../page/parts/people.js";
import { groupFields, kindField, placeOf } from "./kinds.js";
import { MOST_PHOTOS, photoChoice } from "./photos.js";
import { asText } from "./shrink.js";

export async function open(page) {
  const person = { name: "", identity_id: "", user_type: "employee" };
  const groups = await readGroups(page);
  const chosen = new Set();
  const photos = photoChoice(page, { room: () => MOST_PHOTOS });
  let problem = null,
    isTried = false,
    saved = null;

  async function save(event) {
    event.preventDefault();
    isTried = true;
    const ready = photos.ready();
    if (!person.name.trim() || !ready.length || saved || photos.isBusy()) return page.draw();
    [saved, problem] = [{ done: 0, all: ready.length }, null];
    page.draw();
    try {
      page.go(placeOf(await register(ready)));
    } catch (error) {
      if (error.name !== "AbortError") problem = error;
    }
    saved = null;
    page.draw();
  }

  async function register([first, ...others]) {
    const made = await page.api.post("/people", {
      ...person,
      name: person.name.trim(),
      identity_id: person.identity_id.trim(),
      permission_ids: [...chosen],
      photo: await asText(first.blob),
      accept_poor: Boolean(first.accept_poor),
    });
    try {
      for (const one of others) {
        saved.done += 1;
        page.draw();
        await addPhoto(page, made.identity_id, one);
      }
      page.say("good", page.t("people.added", { name: made.identity_name }));
    } catch {
      page.say("warn", page.t("people.added_in_part", { name: made.identity_name }));
    }
    return made.identity_id;
  }

  const wrongId = () =>
    problem?.code === "TAKEN" ? page.t("people.id_taken") : (problem?.of?.("identity_id") ?? "");
  const missing = () =>
    isTried && !photos.isBusy() && !photos.ready().length
      ? notice("warn", page.t(photos.isEmpty() ? "people.needs_photo" : "people.needs_good_photo"))
      : nothing;
  const set = (name) => (value) => {
    person[name] = value;
    page.draw();
  };
  const form = () =>
    html`<form class="card" @submit=${save}>
      <h2>${page.t("people.who")}</h2>
      ${field({
        id: "name",
        label: page.t("people.name"),
        value: person.name,
        maxlength: 256,
        wrong: isTried && !person.name.trim() ? page.t("people.needs_name") : (problem?.of?.("name") ?? ""),
        oninput: set("name"),
      })}
      ${field({
        id: "identity_id",
        label: page.t("people.id"),
        hint: page.t("people.id_hint"),
        value: person.identity_id,
        maxlength: 128,
        isCode: true,
        wrong: wrongId(),
        oninput: set("identity_id"),
      })}
      ${kindField(page, person.user_type, set("user_type"))}${groupFields(page, groups, chosen)}
      ${missing()}${problem && problem.code !== "TAKEN" ? problemNotice(page, problem) : nothing}
      ${saved && saved.all > 1 ? html`<p role="status">${page.t("people.saving", { done: saved.done + 1, all: saved.all })}</p>` : nothing}
      <div class="row">
        ${button({ label: page.t("page.save"), kind: "primary", type: "submit", isBusy: Boolean(saved), isDisabled: photos.isBusy() })}
        ${linkButton({ label: page.t("page.cancel"), href: "#/people" })}
      </div>
    </form>`;

  return {
    title: true,
    view: () =>
      html`${heading(page.t("people.add"), page.t("people.add_lead"))}
      ${
        page.me.may_write
          ? html`<div class="columns">
              <section class="card" aria-labelledby="photos-title">
                <h2 id="photos-title">${page.t("people.photos")}</h2>
                ${photos.view()}
              </section>
              ${form()}
            </div>`
          : notice("info", page.t("page.read_only"))
      }`,
    close: photos.close,
  };
}

/** Register one more photo of somebody. */
export const addPhoto = (page, identity_id, { blob, accept_poor }) =>
  page.api.post(`/people/${encodeURIComponent(identity_id)}/photos${query({ accept_poor })}`, blob, {
    type: "image/jpeg",
  });
