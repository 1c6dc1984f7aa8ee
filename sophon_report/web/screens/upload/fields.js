/** The fields of a destination, in groups: what matters first, what few need behind a fold. */
import { html, nothing } from "../../page/html.js";
import { button, check, choices, field, select } from "../../page/parts/controls.js";
import { kindName } from "../../page/parts/people.js";
import { MASK, nameOf, newSecret, PICTURES, TOLD, USER_TYPES } from "./draft.js";
import { LAYOUTS, layoutName } from "./words.js";

/**
 * @param {object} page
 * @param {{draft: object, isNew: boolean, wrong: (name: string) => string, set: (changes: object) => void, cameras: object[], files: string[], layout: string}} form
 */
export function destinationFields(page, form) {
  return html`${where(page, form)} ${layouts(page, form)} ${content(page, form)} ${filter(page, form)}
  ${security(page, form)} ${advanced(page, form)}`;
}

const FILES = ["ca_file", "client_cert_file", "client_key_file"];

const input = (page, { draft, wrong, set }, name, more = {}) =>
  field({
    id: `upload-${name}`,
    label: page.t(`upload.field_${name}`),
    value: draft[name],
    wrong: wrong(name),
    oninput: (value) => set({ [name]: value }),
    ...more,
  });
const number = (page, form, name, min, max, unit, step = "any") =>
  input(page, form, name, { type: "number", min, max, step, unit, hint: page.t(`upload.hint_${name}`) });
const yes = (page, { draft, set }, name, hint = "") =>
  check({
    id: `upload-${name}`,
    label: page.t(`upload.field_${name}`),
    value: draft[name],
    hint,
    onchange: (value) => set({ [name]: value }),
  });

const where = (page, form) =>
  html`<section class="card" aria-label=${page.t("upload.where")}>
    <h2>${page.t("upload.where")}</h2>
    ${input(page, form, "url", { type: "url", isRequired: true, isCode: true, maxlength: 2048, hint: page.t("upload.hint_url"), placeholder: page.t("upload.example_url") })}
    ${
      form.isNew
        ? input(page, form, "name", {
            isCode: true,
            maxlength: 128,
            hint: page.t("upload.hint_name"),
            placeholder: nameOf(form.draft),
          })
        : nothing
    }
    ${yes(page, form, "enabled", page.t("upload.hint_enabled"))}
  </section>`;

/** A layout of an installed package is shown when it is set already. */
const layouts = (page, { draft, set }) =>
  html`<section class="card" aria-label=${page.t("upload.layout")}>
    ${choices({
      id: "upload-layout",
      label: page.t("upload.layout"),
      value: draft.layout,
      options: [...new Set([...LAYOUTS, draft.layout])].map((value) => ({
        value,
        label: layoutName(page, value),
        hint: page.has(`upload.about_${value}`)
          ? page.t(`upload.about_${value}`)
          : page.t("upload.about_installed"),
      })),
      onchange: (layout) => set({ layout }),
    })}
    ${draft.layout === "se3" ? yes(page, { draft, set }, "retry", page.t("upload.hint_retry")) : nothing}
  </section>`;

const content = (page, form) =>
  html`<section class="card columns" aria-label=${page.t("upload.content")}>
    <fieldset class="field">
      <legend>${page.t("upload.pictures")}</legend>
      ${PICTURES.map((name) => yes(page, form, name))}
    </fieldset>
    <fieldset class="field">
      <legend>${page.t("upload.told")}</legend>
      ${TOLD.map((name) => yes(page, form, name, page.t(`upload.hint_${name}`)))}
    </fieldset>
  </section>`;

const toggled = (list, value, isIn) =>
  isIn ? [...new Set([...list, value])] : list.filter((each) => each !== value);

function filter(page, form) {
  const { draft, set, cameras } = form;
  const gone = draft.devices.filter((id) => !cameras.some((each) => each.device_id === id));
  const all = [...cameras, ...gone.map((device_id) => ({ device_id, name: device_id }))];
  return html`<section class="card columns" aria-label=${page.t("upload.filter")}>
    <fieldset class="field">
      <legend>${page.t("upload.of_cameras")}</legend>
      <p class="hint">${page.t("upload.hint_of_cameras")}</p>
      ${all.length ? nothing : html`<p class="soft small">${page.t("upload.no_cameras")}</p>`}
      ${all.map((each, place) =>
        check({
          id: `upload-camera-${place}`,
          label: each.name || each.device_id,
          value: draft.devices.includes(each.device_id),
          onchange: (isIn) => set({ devices: toggled(draft.devices, each.device_id, isIn) }),
        }),
      )}
    </fieldset>
    <fieldset class="field">
      <legend>${page.t("upload.of_types")}</legend>
      <p class="hint">${page.t("upload.hint_of_types")}</p>
      ${USER_TYPES.map((type) =>
        check({
          id: `upload-type-${type}`,
          label: kindName(page, type),
          value: draft.user_types.includes(type),
          onchange: (isIn) => set({ user_types: toggled(draft.user_types, type, isIn) }),
        }),
      )}
      ${number(page, form, "min_score_pct", 0, 100)}
    </fieldset>
  </section>`;
}

function security(page, form) {
  const { draft, set, wrong, isNew } = form;
  const options = [...(isNew ? [] : ["kept"]), "none", "new"].filter(
    (each) => each !== "kept" || draft.signing !== "none" || form.wasSigned,
  );
  const isOpen = form.wasSigned || draft.headers.length > 0 || FILES.some((name) => draft[name] || wrong(name));
  return html`<details class="card" ?open=${isOpen}>
    <summary>${page.t("upload.security")}</summary>
    <div class="stack">
      ${select({
        id: "upload-signing",
        label: page.t("upload.signing"),
        value: draft.signing,
        options: options.map((value) => ({ value, label: page.t(`upload.signing_${value}`) })),
        hint: page.t("upload.hint_signing"),
        onchange: (signing) => set({ signing, secret: signing === "new" ? draft.secret || newSecret() : "" }),
      })}
      ${
        draft.signing === "new"
          ? input(page, form, "secret", {
              isCode: true,
              wrong: wrong("signing_secrets"),
              hint: page.t("upload.hint_secret"),
            })
          : nothing
      }
      <fieldset class="field">
        <legend>${page.t("upload.headers_set")}</legend>
        <p class="hint">${page.t("upload.hint_headers")}</p>
        ${wrong("headers") ? html`<p class="wrong" role="alert">${wrong("headers")}</p>` : nothing}
        ${draft.headers.map((each, place) => header(page, form, each, place))}
        <div>
          ${button({ label: page.t("upload.add_header"), icon: "plus", kind: "quiet", onclick: () => set({ headers: [...draft.headers, { name: "", value: "", isKept: false }] }) })}
        </div>
      </fieldset>
      ${FILES.map((name) => input(page, form, name, { isCode: true, list: "upload-files", hint: page.t(`upload.hint_${name}`) }))}
      <datalist id="upload-files">${form.files.map((name) => html`<option value=${name}></option>`)}</datalist>
    </div>
  </details>`;
}

function header(page, { draft, set }, each, place) {
  const changed = (change) =>
    set({ headers: draft.headers.map((one, at) => (at === place ? { ...one, ...change } : one)) });
  const dropped = () => set({ headers: draft.headers.filter((_, at) => at !== place) });
  const [name, value] = [`upload-header-${place}`, `upload-header-value-${place}`];
  const label = page.t("upload.drop_header", { name: each.name });
  return html`<div class="row upload-header">
    ${field({
      id: name,
      label: page.t("upload.header_name"),
      value: each.name,
      isCode: true,
      isDisabled: each.isKept,
      oninput: (text) => changed({ name: text }),
    })}
    ${field({
      id: value,
      label: page.t("upload.header_value"),
      type: "password",
      value: each.value,
      autocomplete: "new-password",
      placeholder: each.isKept ? MASK : "",
      oninput: (text) => changed({ value: text }),
    })}
    ${button({ label, icon: "trash", kind: "quiet", isSquare: true, onclick: dropped })}
  </div>`;
}

const advanced = (page, form) =>
  html`<details class="card">
    <summary>${page.t("upload.advanced")}</summary>
    <div class="stack">
      ${select({
        id: "upload-content_type",
        label: page.t("upload.field_content_type"),
        value: form.draft.content_type,
        options: ["json", "form-data"].map((value) => ({ value, label: value })),
        hint: page.t("upload.hint_content_type"),
        onchange: (content_type) => form.set({ content_type }),
      })}
      ${
        form.isNew
          ? select({
              id: "upload-begin",
              label: page.t("upload.field_begin"),
              value: form.draft.from,
              options: ["now", "oldest"].map((value) => ({ value, label: page.t(`upload.begin_${value}`) })),
              onchange: (from) => form.set({ from }),
            })
          : nothing
      }
      ${number(page, form, "timeout_s", 0.5, 600, page.t("upload.seconds"))}
      ${number(page, form, "connect_s", 0.1, 600, page.t("upload.seconds"))}
      ${number(page, form, "first_byte_s", 0, 600, page.t("upload.seconds"))}
      ${number(page, form, "period_s", 0, 86400, page.t("upload.seconds"))}
      ${number(page, form, "in_flight", 1, 16, "", 1)} ${yes(page, form, "gzip", page.t("upload.hint_gzip"))}
    </div>
  </details>`;
