/** The first camera: filled in, tried, added. */
import { html, nothing } from "../../page/html.js";
import { button, field } from "../../page/parts/controls.js";
import { problemNotice } from "../../page/parts/notice.js";
import { picture } from "../../page/parts/pieces.js";
import { addressOf, partsOf } from "../cameras/address.js";
import { freeId } from "../cameras/ids.js";
import { sourceFields } from "../cameras/source.js";
import { stateBadge } from "../cameras/states.js";
import { cameraTrial } from "../cameras/trial.js";

const ADDRESS = /^(rtsps?|https?):\/\/[^/]+/i;
const LONGEST = 256;

export async function make(page, { done }) {
  const { devices } = await page.api.get("/devices", { signal: page.signal });
  const form = {
    name: "",
    type: "rtsp",
    url: "",
    photo_kind: "gate",
    loop: true,
    speed: "realtime",
    transport: "tcp",
    address: partsOf(""),
  };
  const wrong = {};
  let problem = null,
    isBusy = false;

  const set = (changes) => {
    Object.assign(form, changes);
    page.draw();
  };
  const url = () => (form.type === "rtsp" ? addressOf(form.address) : form.url.trim());
  const source = await sourceFields(page, { form, set, wrong, isNew: true });
  const trial = cameraTrial(page, () => ({ type: form.type, url: url(), transport: form.transport, stored: null }));

  function check() {
    const isRight = form.type === "rtsp" ? ADDRESS.test(form.address.place.trim()) : Boolean(form.url.trim());
    wrong.url = !isRight && form.type === "rtsp" ? page.t("cameras.wrong_url") : "";
    wrong.file = !isRight && form.type !== "rtsp" ? page.t(`cameras.wrong_${form.type}`) : "";
    return isRight;
  }

  async function add(event) {
    event.preventDefault();
    problem = null;
    if (isBusy || !check()) return page.draw();
    isBusy = true;
    page.draw();
    const { type, photo_kind, loop, speed, transport } = form;
    const device_id = freeId(devices);
    try {
      await page.api.post("/devices", {
        device_id,
        name: form.name.trim() || page.t("setup.camera_first"),
        url: url(),
        ...{ type, photo_kind, loop, speed, transport },
      });
      await done();
    } catch (error) {
      problem = error;
    } finally {
      isBusy = false;
      page.draw();
    }
  }

  function seen() {
    const found = trial.picture();
    const alt = page.t("setup.camera_picture");
    return found ? html`<div class="setup-picture">${picture({ src: found.src, alt, isWhole: true })}</div>` : nothing;
  }

  const there = () =>
    html`<ul class="list" aria-label=${page.t("setup.camera_there")}>
        ${devices.map(
          (each) => html`<li class="item"><span class="grow wrap">${each.name}</span>${stateBadge(page, each)}</li>`,
        )}
      </ul>
      <div class="row">${button({ label: page.t("page.next"), kind: "primary", onclick: () => done() })}</div>`;

  return {
    view: (skip) =>
      html`${devices.length ? there() : nothing}
        <form class="stack" @submit=${add} novalidate>
          ${problem ? problemNotice(page, problem) : nothing} ${source.view()}
          ${field({
            id: "camera-name",
            label: page.t("setup.camera_name"),
            value: form.name,
            placeholder: page.t("setup.camera_first"),
            maxlength: LONGEST,
            oninput: (name) => set({ name }),
          })}
          ${form.type === "photo" ? nothing : html`${trial.view()} ${seen()}`}
          <div class="row">
            ${button({ label: page.t("setup.camera_add"), kind: devices.length ? "" : "primary", type: "submit", isBusy })}
            ${devices.length ? nothing : skip()}
          </div>
        </form>`,
    close: () => trial.close(),
  };
}
