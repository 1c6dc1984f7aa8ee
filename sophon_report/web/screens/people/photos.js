/** Photos that are about to be saved: chosen, dropped, pasted or taken, each with what the box says of it. */
import { html, nothing, repeat, svg } from "../../page/html.js";
import { query } from "../../page/api.js";
import { button, check } from "../../page/parts/controls.js";
import { fileField } from "../../page/parts/files.js";
import { explained, notice } from "../../page/parts/notice.js";
import { badge } from "../../page/parts/pieces.js";
import { face, placeOf } from "./kinds.js";
import { shrunk } from "./shrink.js";
import { webcam } from "./webcam.js";

/** As many as a person may have. */
export const MOST_PHOTOS = 20;

/**
 * @param {object} page
 * @param {{identity_id?: string, room: () => number}} of `identity_id`: whose further photos they are; `room`: how many
 *   may be chosen
 * @returns {{view: Function, ready: () => object[], drop: Function, isBusy: () => boolean, clear: () => void, close: () => void}} `ready`:
 *   those that may be saved, each `{blob, accept_poor}`
 */
export function photoChoice(page, { identity_id = "", room }) {
  let chosen = [],
    number = 0,
    tooMany = false;

  async function add(files) {
    const taken = files.slice(0, Math.max(0, room() - chosen.length));
    tooMany = taken.length < files.length;
    const fresh = taken.map((file) => ({ id: ++number, name: file.name || "", file, isChecking: true }));
    chosen = [...chosen, ...fresh];
    page.draw();
    for (const one of fresh) await look(one); // one after the other: the cameras need the box as well
  }

  async function look(one) {
    if (!chosen.includes(one)) return; // dropped while another was looked at
    Object.assign(one, { isChecking: true, problem: null });
    page.draw();
    try {
      if (!one.blob) Object.assign(one, await shrunk(one.file));
      if (!chosen.includes(one)) return;
      one.url ??= URL.createObjectURL(one.blob);
      const path = `/photos/check${query({ identity_id })}`;
      one.checked = await page.api.post(path, one.blob, { signal: page.signal, type: "image/jpeg" });
    } catch (error) {
      if (error.name === "AbortError") return forget(one);
      if (error instanceof RangeError)
        one.checked = { good: false, usable: false, reasons: [{ code: "too_large", blocks: true }], faces: [] };
      else one.problem = error;
    }
    one.isChecking = false;
    page.draw();
  }

  const forget = (one) => {
    if (one.url) URL.revokeObjectURL(one.url);
  };
  function drop(one) {
    forget(one);
    chosen = chosen.filter((each) => each !== one);
    tooMany = false;
    page.draw();
  }
  function clear() {
    chosen.forEach(forget);
    chosen = [];
  }

  const pasted = (event) => {
    if (event.target.closest?.(".drop")) return; // it has taken them already
    const files = [...event.clipboardData.files].filter((each) => each.type.startsWith("image/"));
    if (!files.length) return;
    event.preventDefault();
    add(files);
  };
  document.addEventListener("paste", pasted, { signal: page.signal });
  const camera = webcam(page, (blob) => add([blob]));
  const isSavable = (one) => Boolean(one.checked && (one.checked.good || (one.checked.usable && one.accept_poor)));

  const view = () =>
    html`<div class="stack">
      ${fileField({ id: "photos", label: page.t("people.choose_photos"), hint: page.t("people.choose_photos_hint"), accept: "image/*", isMany: true, onfiles: add })}
      ${camera.view()}${tooMany ? notice("warn", page.t("people.too_many_photos", { most: MOST_PHOTOS })) : nothing}
      <ul class="people-chosen" aria-label=${page.t("people.chosen_photos")}>
        ${repeat(
          chosen,
          ({ id }) => id,
          (one) => html`<li>${shown(page, one)}${told(one)}</li>`,
        )}
      </ul>
    </div>`;

  const told = (one) =>
    html`<div class="stack tight" role="status">
      ${verdict(page, one)}${alike(page, one.checked, identity_id)}
      ${
        one.checked && !one.checked.good && one.checked.usable
          ? check({
              id: `accept-${one.id}`,
              label: page.t("people.accept_poor"),
              hint: page.t("people.accept_poor_hint"),
              value: one.accept_poor,
              onchange: (value) => {
                one.accept_poor = value;
                page.draw();
              },
            })
          : nothing
      }
      <div class="row">
        ${one.problem ? button({ label: page.t("page.again"), icon: "retry", onclick: () => look(one) }) : nothing}
        ${button({ label: page.t("people.drop_photo"), kind: "quiet", icon: "close", onclick: () => drop(one) })}
      </div>
    </div>`;

  return {
    view,
    clear,
    drop,
    ready: () => chosen.filter(isSavable),
    isBusy: () => chosen.some((one) => one.isChecking),
    isEmpty: () => chosen.length === 0,
    close() {
      camera.close();
      clear();
    },
  };
}

/** The photo with a frame around each face, the one that counts in front. */
const shown = (page, { url, width, height, checked }) =>
  url && width
    ? html`<svg
        class="people-photo"
        viewBox="0 0 ${width} ${height}"
        role="img"
        aria-label=${page.t("people.photo")}
      >
        ${svg`<image href=${url} width=${width} height=${height}></image>`}
        ${(checked?.faces ?? []).map(
          ([x1, y1, x2, y2], index) =>
            svg`<rect class=${index ? "other" : "first"} x=${x1} y=${y1} width=${x2 - x1} height=${y2 - y1} stroke-width=${Math.max(width, height) / 120}></rect>`,
        )}
      </svg>`
    : html`<span class="picture people-photo"></span>`;

function verdict(page, { isChecking, checked, problem }) {
  if (isChecking) return badge("busy", page.t("people.checking"));
  if (problem) return notice("bad", explained(page, problem));
  const kind = checked.good ? "good" : checked.usable ? "warn" : "bad";
  return html`${badge(kind, page.t(`people.verdict_${kind}`))}
    <ul class="people-reasons">
      ${checked.reasons.map((each) => html`<li>${reason(page, each)}</li>`)}
    </ul>`;
}

/** What to mend, with what was measured. */
const reason = (page, { code, value, limit }) =>
  page.t(`people.reason_${code}`, {
    value: page.format.number(value ?? 0),
    limit: page.format.number(limit ?? 0),
  });

/** That somebody else is registered who looks like this, or that it does not look like the person's other photos. */
function alike(page, checked, identity_id) {
  if (!checked) return nothing;
  const other = checked.alike && checked.alike.identity_id !== identity_id ? checked.alike : null;
  if (other)
    return notice(
      "warn",
      html`<p>${page.t("people.looks_like", { score: page.format.number(other.score_pct) })}</p>
        <a class="row" href=${placeOf(other.identity_id)} target="_blank" rel="noopener"
          >${face(page, other.photo_id)}<span class="wrap">${other.name} · ${other.identity_id}</span></a
        >`,
    );
  const isUnlike = identity_id && checked.own_pct !== null && checked.own_pct !== undefined && !checked.alike;
  return isUnlike
    ? notice("warn", page.t("people.unlike", { score: page.format.number(checked.own_pct) }))
    : nothing;
}
