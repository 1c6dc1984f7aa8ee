/** The photos that a person has, and further ones. */
import { html, nothing, repeat } from "../../page/html.js";
import { button } from "../../page/parts/controls.js";
import { notice } from "../../page/parts/notice.js";
import { badge, picture } from "../../page/parts/pieces.js";
import { addPhoto } from "./add.js";
import { MOST_PHOTOS, photoChoice } from "./photos.js";

/**
 * @param {object} page
 * @param {{identity_id: string, person: () => object, changed: (person: object) => void, trying: Function}} of
 */
export function personPhotos(page, { identity_id, person, changed, trying }) {
  const path = `/people/${encodeURIComponent(identity_id)}/photos`;
  const room = () => MOST_PHOTOS - (person()?.faces.length ?? 0);
  const choice = photoChoice(page, { identity_id, room });
  let isSaving = false;

  async function save() {
    isSaving = true;
    page.draw();
    await trying(async () => {
      for (const one of choice.ready()) {
        changed(await addPhoto(page, identity_id, one));
        choice.drop(one);
      }
      page.say("good", page.t("page.saved"));
    });
    isSaving = false;
    page.draw();
  }
  const first = (photo_id) =>
    trying(async () =>
      changed(
        await page.api.post(`${path}/${encodeURIComponent(photo_id)}/first`, {}, { ifMatch: person().etag }),
      ),
    );
  async function remove(photo_id) {
    const isLast = person().faces.length === 1;
    const body = page.t(isLast ? "people.delete_last_photo" : "people.delete_photo_why");
    const isMeant = await page.confirm({
      title: page.t("people.delete_photo"),
      body,
      action: page.t("page.delete"),
    });
    if (!isMeant) return;
    await trying(async () =>
      changed(await page.api.delete(`${path}/${encodeURIComponent(photo_id)}`, { ifMatch: person().etag })),
    );
  }

  const one = ({ photo_id }, index) =>
    html`<li>
      ${picture({ src: page.api.url(`/photos/${encodeURIComponent(photo_id)}?width=192`), alt: page.t("people.photo_number", { number: index + 1 }), kind: "large" })}
      ${index === 0 ? badge("good", page.t("people.shown_first")) : nothing}
      ${
        page.me.may_write
          ? html`<div class="row">
              ${index === 0 ? nothing : button({ label: page.t("people.show_first"), kind: "quiet", onclick: () => first(photo_id) })}
              ${button({ label: page.t("people.delete_photo_number", { number: index + 1 }), kind: "quiet danger", icon: "trash", isSquare: true, onclick: () => remove(photo_id) })}
            </div>`
          : nothing
      }
    </li>`;

  const saving = () =>
    button({
      label: page.t("people.save_photos", { count: choice.ready().length }),
      kind: "primary",
      isBusy: isSaving,
      isDisabled: choice.isBusy() || !choice.ready().length,
      onclick: save,
    });
  const further = () => {
    if (!page.me.may_write) return nothing;
    if (room() <= 0) return notice("info", page.t("people.too_many_photos", { most: MOST_PHOTOS }));
    return html`<h3>${page.t("people.more_photos")}</h3>
      ${choice.view()} ${choice.isEmpty() ? nothing : html`<div>${saving()}</div>`}`;
  };

  return {
    view: () =>
      html`<section class="card" aria-labelledby="photos-title">
        <h2 id="photos-title">${page.t("people.photos")}</h2>
        ${person().faces.length ? nothing : notice("warn", page.t("people.without_photo"))}
        <ul class="people-photos">
          ${repeat(person().faces, (each) => each.photo_id, one)}
        </ul>
        ${further()}
      </section>`,
    close: choice.close,
  };
}
