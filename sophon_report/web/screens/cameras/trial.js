/** A live test of a camera as it is filled in: a picture, or why there is none. Nothing is stored by it. */
import { html, nothing } from "../../page/html.js";
import { button } from "../../page/parts/controls.js";
import { notice, problemNotice } from "../../page/parts/notice.js";
import { facts } from "../../page/parts/pieces.js";
import { reasonText } from "./states.js";

/**
 * @param {object} page of the screen
 * @param {() => {type: string, url: string, transport: string, stored: string|null}} wanted what is filled in now
 * @returns {{view: () => any, picture: () => {src: string, width: number, height: number}|null, close: () => void}}
 */
export function cameraTrial(page, wanted) {
  let result = null,
    problem = null,
    tried = null,
    isBusy = false,
    src = "";

  const drop = () => {
    URL.revokeObjectURL(src);
    src = "";
  };

  async function run() {
    if (isBusy) return;
    const { url, transport, stored } = wanted();
    tried = { url, transport };
    [isBusy, problem, result] = [true, null, null];
    drop();
    page.draw();
    try {
      const body = { url, transport, ...(stored === null ? {} : { device_id: stored }) };
      result = await page.api.post("/devices/test", body, { signal: page.signal });
      if (result.picture) src = URL.createObjectURL(jpegOf(result.picture));
      delete result.picture;
    } catch (error) {
      if (error.name === "AbortError") return;
      problem = error;
    } finally {
      isBusy = false;
      page.draw();
    }
  }

  /** Of another address nothing is known. */
  const isOfThis = () => {
    const { url, transport } = wanted();
    return tried?.url === url && tried.transport === transport;
  };

  return {
    picture: () => (src && result && isOfThis() ? { src, width: result.width, height: result.height } : null),
    view() {
      const { url } = wanted();
      return html`<div class="stack tight" aria-live="polite">
        <h2>${page.t("cameras.test_title")}</h2>
        <div class="row">
          ${button({
            label: page.t("cameras.test"),
            icon: "play",
            isBusy,
            isDisabled: !url,
            onclick: run,
          })}
          <span class="soft small">${page.t(isBusy ? "cameras.test_busy" : "cameras.test_hint")}</span>
        </div>
        ${problem && isOfThis() ? problemNotice(page, problem, run) : nothing}
        ${result && isOfThis() ? told() : nothing}
      </div>`;
    },
    close: drop,
  };

  function told() {
    if (!result.ok) return notice("bad", html`<p><strong>${page.t("cameras.test_bad")}</strong></p>${reasonText(page, result)}`);
    return html`${notice("good", page.t("cameras.test_good"))}
      ${facts([
        [page.t("cameras.size"), `${result.width} × ${result.height} ${result.codec}`],
        [page.t("cameras.fps"), fps()],
        [page.t("cameras.opening"), result.opening_ms === null ? "" : page.format.length(result.opening_ms)],
        [page.t("cameras.faces"), result.faces === null ? "" : page.format.number(result.faces)],
      ])}`;
  }

  function fps() {
    const counted = result.counted_fps ?? result.told_fps;
    return counted === null ? "" : page.format.number(counted, 1);
  }
}

function jpegOf(base64) {
  const text = atob(base64);
  return new Blob([Uint8Array.from(text, (sign) => sign.charCodeAt(0))], { type: "image/jpeg" });
}
