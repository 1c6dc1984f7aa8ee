/** The cameras, 1, 4 or 16 at a time, with who is before them; one of them over the whole screen. */
import { html, nothing, ref, repeat } from "../../page/html.js";
import { icon } from "../../page/icons.js";
import { button, linkButton } from "../../page/parts/controls.js";
import { problemNotice } from "../../page/parts/notice.js";
import { badge, empty } from "../../page/parts/pieces.js";
import { cameraFrames, who } from "./frames.js";

const STREAMS = ["rtsp", "file"];
const LAYOUTS = [1, 4, 16];
const WIDTHS_PX = { 1: 960, 4: 640, 16: 320 };
const LOOK_MS = 2_500;
/** While every camera in sight gives pictures. */
const REST_MS = 10_000;
const STATES = { online: "good", starting: "busy", ended: "off", inactive: "off" };

/** @returns {{view: () => any}} */
export function cameraTiles(page) {
  let devices = null,
    problem = null,
    layout = 4,
    first = 0;
  const tiles = new Map();
  const frames = cameraFrames(page, (frame) => {
    const tile = tiles.get(frame.device_id);
    if (!tile) return;
    const words = who(page, frame.faces);
    if (tile.hasPicture && tile.who === words) return;
    Object.assign(tile, { hasPicture: true, who: words });
    page.draw();
  });

  let read_ms = -REST_MS;
  async function read() {
    const isCalm = devices && !problem && seen().every((each) => each.state === "online");
    if (isCalm && performance.now() - read_ms < REST_MS) return;
    read_ms = performance.now();
    try {
      const { devices: all } = await page.api.get("/devices", { signal: page.signal });
      if (!devices && all.filter((each) => STREAMS.includes(each.type)).length === 1) layout = 1;
      devices = all.filter((each) => STREAMS.includes(each.type));
      problem = null;
    } catch (error) {
      if (error.name === "AbortError") throw error;
      problem = error;
    }
    look();
  }
  const seen = () => (devices ?? []).slice(first, first + layout);
  let told = "";
  /** Ask for the pictures of what is in sight, when that has changed. */
  function look() {
    first = Math.min(first, Math.max(0, (devices?.length ?? 0) - 1));
    const online = seen()
      .filter((each) => each.state === "online")
      .map((each) => each.device_id);
    for (const [device_id, tile] of tiles) if (!online.includes(device_id)) tile.hasPicture = false;
    const wish = JSON.stringify([online, layout]);
    if (wish !== told) frames.look(online, WIDTHS_PX[layout]);
    told = wish;
    page.draw();
  }
  function show(next, at = first) {
    [layout, first] = [next, Math.floor(at / next) * next];
    look();
  }
  page.every(LOOK_MS, read);

  const tileOf = (device_id) => {
    if (!tiles.has(device_id)) tiles.set(device_id, makeTile(device_id));
    return tiles.get(device_id);
  };
  function makeTile(device_id) {
    const tile = { hasPicture: false, who: "", image: null, boxes: null, whole: null };
    const placed = (name) => (element) => {
      tile[name] = element ?? null;
      frames.place(device_id, tile.image, tile.boxes);
      if (!element) tiles.delete(device_id);
    };
    return Object.assign(tile, {
      imageRef: placed("image"),
      boxesRef: placed("boxes"),
      wholeRef: (element) => (tile.whole = element ?? null),
    });
  }

  const view = () =>
    html`<section class="card" aria-labelledby="tiles-title">
      <div class="head row">
        <h2 id="tiles-title" class="grow">${page.t("live.cameras")}</h2>
        ${devices?.length ? layouts() : nothing}
      </div>
      ${problem ? problemNotice(page, problem, read) : nothing} ${devices && !devices.length ? none() : nothing}
      ${
        devices?.length
          ? html`<ul class="tiles of-${layout}">
                ${repeat(
                  seen(),
                  (each) => each.device_id,
                  (each, index) => html`<li>${one(each, first + index)}</li>`,
                )}
              </ul>
              ${pages()}`
          : nothing
      }
    </section>`;

  const none = () =>
    empty({
      icon: "camera",
      title: page.t("live.no_cameras"),
      body: page.t("live.no_cameras_body"),
      action: page.me.may_write
        ? linkButton({ label: page.t("live.add_camera"), href: "#/cameras/new", kind: "primary", icon: "plus" })
        : nothing,
    });

  const layouts = () =>
    html`<div class="row" role="group" aria-label=${page.t("live.layout")}>
      ${LAYOUTS.map((each) =>
        button({
          label: page.t("live.layout_of", { count: each }),
          icon: `grid${each}`,
          kind: "quiet",
          isSquare: true,
          isPressed: each === layout,
          onclick: () => show(each),
        }),
      )}
    </div>`;

  const pages = () => {
    if (devices.length <= layout) return nothing;
    const step = (by) => () => show(layout, first + by * layout);
    return html`<div class="row">
      ${button({ label: page.t("live.cameras_before"), icon: "left", isSquare: true, isDisabled: first === 0, onclick: step(-1) })}
      <span class="soft figures"
        >${page.t("live.cameras_of", { from: first + 1, to: Math.min(first + layout, devices.length), count: devices.length })}</span
      >
      ${button({ label: page.t("live.cameras_next"), icon: "right", isSquare: true, isDisabled: first + layout >= devices.length, onclick: step(1) })}
    </div>`;
  };

  const one = (device, index) => {
    const tile = tileOf(device.device_id);
    const name = device.name || device.device_id;
    return html`<figure class="tile" ${ref(tile.wholeRef)}>
      <div class="stage">
        <img alt=${page.t("live.picture_of", { name })} ?hidden=${!tile.hasPicture} ${ref(tile.imageRef)} />
        <svg class="boxes" aria-hidden="true" ?hidden=${!tile.hasPicture} ${ref(tile.boxesRef)}></svg>
        ${tile.hasPicture ? nothing : waiting(device)}
      </div>
      <figcaption>
        ${
          layout > 1
            ? html`<button class="button quiet clip" type="button" @click=${() => show(1, index)}>${name}</button>`
            : html`<strong class="clip">${name}</strong>`
        }
        <span class="soft small clip grow">${tile.hasPicture ? tile.who : ""}</span>
        ${button({ label: page.t("live.full", { name }), icon: "full", kind: "quiet", isSquare: true, onclick: () => full(tile) })}
      </figcaption>
    </figure>`;
  };

  const waiting = (device) => {
    const key = `cameras.reason_${device.reason_code}`;
    return html`<div class="waiting">
      ${icon("camera")} ${badge(STATES[device.state] ?? "bad", page.t(`live.state_${device.state}`))}
      ${device.reason_code && page.has(key) ? html`<p class="small">${page.t(key)}</p>` : nothing}
    </div>`;
  };

  async function full(tile) {
    try {
      if (document.fullscreenElement) await document.exitFullscreen();
      else await tile.whole.requestFullscreen();
    } catch {
      page.say("warn", page.t("live.no_full"));
    }
  }
  return { view };
}
