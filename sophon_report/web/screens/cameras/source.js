/** Where a camera's pictures come from: a network camera, a film on the box, or a device that sends photos. */
import { html, nothing } from "../../page/html.js";
import { check, choices, field, select } from "../../page/parts/controls.js";
import { notice } from "../../page/parts/notice.js";
import { addressOf, partsOf } from "./address.js";

const TYPES = ["rtsp", "file", "photo"];
const PHOTO_KINDS = ["gate", "capture_camera", "door"];

/**
 * @param {object} page of the screen
 * @param {{form: object, set: (changes: object) => void, wrong: object, isNew: boolean}} of
 */
export async function sourceFields(page, { form, set, wrong, isNew }) {
  let films = null;
  try {
    films = await page.api.get("/files?kind=film", { signal: page.signal });
  } catch (error) {
    if (error.name === "AbortError") throw error;
  }
  const address = (changes) => set({ address: { ...form.address, ...changes } });

  return {
    view: () => html`<h2>${page.t("cameras.source")}</h2>
      ${isNew ? kinds() : html`<p>${page.t(`cameras.type_${form.type}`)}</p>`} ${fields()}`,
  };

  function kinds() {
    return choices({
      id: "camera-type",
      label: page.t("cameras.kind"),
      value: form.type,
      options: TYPES.map((value) => ({
        value,
        label: page.t(`cameras.type_${value}`),
        hint: page.t(`cameras.type_hint_${value}`),
      })),
      onchange: (type) => set({ type, url: "" }),
    });
  }

  function fields() {
    if (form.type === "rtsp") return network();
    if (form.type === "file") return film();
    if (form.type === "photo") return photos();
    return html`<p class="wrap">${form.url}</p>`;
  }

  function network() {
    return html`${field({
        id: "camera-url",
        label: page.t("cameras.address"),
        value: form.address.place,
        placeholder: "rtsp://192.168.1.64/…",
        isCode: true,
        isRequired: true,
        maxlength: 2048,
        hint: page.t("cameras.address_hint"),
        wrong: wrong.url,
        oninput: (place) => address({ place }),
        onchange: split,
      })}
      <div class="columns">
        ${field({
          id: "camera-user",
          label: page.t("cameras.user"),
          value: form.address.user,
          isCode: true,
          oninput: (user) => address({ user }),
        })}
        ${field({
          id: "camera-password",
          label: page.t("cameras.password"),
          type: "password",
          autocomplete: "new-password",
          value: form.address.password,
          placeholder: form.address.isKept ? page.t("cameras.password_kept") : "",
          hint: form.address.isKept ? page.t("cameras.password_kept_hint") : page.t("cameras.password_hint"),
          wrong: wrong.password,
          oninput: (password) => address({ password }),
        })}
        ${select({
          id: "camera-transport",
          label: page.t("cameras.transport"),
          value: form.transport,
          hint: page.t("cameras.transport_hint"),
          options: ["tcp", "udp"].map((value) => ({ value, label: page.t(`cameras.transport_${value}`) })),
          onchange: (transport) => set({ transport }),
        })}
      </div>`;
  }

  /** An address that was pasted with user and password in it is taken apart. */
  function split(place) {
    const parts = partsOf(place);
    if (parts.user || parts.password) set({ address: { ...parts, isKept: parts.isKept && form.address.isKept } });
    else if (addressOf(form.address) !== place) page.draw();
  }

  function film() {
    const found = films?.files ?? [];
    const chosen = found.find((each) => form.url === each.name || form.url.endsWith(`/${each.name}`));
    const options = found.map((each) => ({ value: each.name, label: each.is_folder ? `${each.name}/` : each.name }));
    if (form.url && !chosen) options.unshift({ value: form.url, label: form.url });
    if (!options.length)
      return notice("info", page.t("cameras.films_none", { folder: films?.folder ?? "" }));
    return html`${select({
        id: "camera-file",
        label: page.t("cameras.film"),
        value: chosen?.name ?? form.url,
        hint: page.t("cameras.film_hint", { folder: films?.folder ?? "" }),
        wrong: wrong.file,
        options: form.url ? options : [{ value: "", label: page.t("cameras.film_choose") }, ...options],
        onchange: (url) => set({ url }),
      })}
      ${check({ id: "camera-loop", label: page.t("cameras.loop"), value: form.loop, onchange: (loop) => set({ loop }) })}
      ${check({
        id: "camera-fast",
        label: page.t("cameras.fast"),
        hint: page.t("cameras.fast_hint"),
        value: form.speed === "fast",
        onchange: (isFast) => set({ speed: isFast ? "fast" : "realtime" }),
      })}`;
  }

  function photos() {
    return html`${field({
        id: "camera-host",
        label: page.t("cameras.host"),
        value: form.url,
        placeholder: "192.168.1.70",
        isCode: true,
        isRequired: true,
        hint: page.t("cameras.host_hint"),
        wrong: wrong.file,
        oninput: (url) => set({ url }),
      })}
      ${select({
        id: "camera-photo-kind",
        label: page.t("cameras.photo_kind"),
        value: form.photo_kind,
        options: PHOTO_KINDS.map((value) => ({ value, label: page.t(`cameras.photo_${value}`) })),
        onchange: (photo_kind) => set({ photo_kind }),
      })}
      ${isNew ? nothing : notice("info", page.t("cameras.photo_passive"))}`;
  }
}
