/** The end of the first steps: waits for an event and shows it. */
import { html, nothing } from "../../page/html.js";
import { button, linkButton } from "../../page/parts/controls.js";
import { notice, problemNotice } from "../../page/parts/notice.js";
import { facts, picture } from "../../page/parts/pieces.js";
import { reasonText, stateBadge } from "../cameras/states.js";

const LOOK_MS = 1000;
const LONG_MS = 60_000;

export async function make(page, { finish }) {
  let event = null,
    devices = null,
    problem = null,
    isOver = false;
  const began_ms = Date.now();

  async function look() {
    if (isOver || event) return;
    try {
      const [events, told] = await Promise.all([
        page.api.get("/events?limit=1", { signal: page.signal }),
        page.api.get("/devices", { signal: page.signal }),
      ]);
      [event, devices, problem] = [events.events[0] ?? null, told.devices, null];
    } catch (error) {
      if (error.name === "AbortError") throw error;
      problem = error;
    }
    if (!isOver) page.draw();
  }
  page.every(LOOK_MS, look);

  const shown = () =>
    html`${notice("good", html`<p><strong>${page.t("setup.event_came")}</strong></p>`)}
      <div class="setup-event">
        ${picture({ src: page.api.url(`/events/${encodeURIComponent(event.event_id)}/pictures/face`), alt: page.t("setup.event_face"), kind: "large" })}
        ${facts([
          [page.t("setup.event_who"), event.user_type === "stranger" ? page.t("setup.event_stranger") : event.name || event.identity_id],
          [page.t("setup.event_where"), event.device_name],
          [page.t("setup.event_when"), page.format.moment(event.in_ms)],
        ])}
      </div>
      <p class="soft">${page.t("setup.event_next")}</p>`;

  const waiting = () =>
    html`<p class="row"><span class="spin" aria-hidden="true"></span>${page.t("setup.event_waits")}</p>
      <ul class="list" aria-label=${page.t("setup.camera_there")}>
        ${devices.map(
          (each) =>
            html`<li class="item">
              <span class="grow"><span class="wrap">${each.name}</span><span class="small">${reasonText(page, each)}</span></span>
              ${stateBadge(page, each)}
            </li>`,
        )}
      </ul>
      ${Date.now() - began_ms > LONG_MS ? notice("info", page.t("setup.event_long")) : nothing}`;

  const none = () =>
    notice("info", page.t("setup.event_no_camera"), linkButton({ label: page.t("setup.event_to_camera"), href: "#/setup/camera" }));

  const inside = () => (event ? shown() : devices === null ? nothing : devices.length ? waiting() : none());
  return {
    view: () =>
      html`<div class="stack" aria-live="polite">
          ${problem ? problemNotice(page, problem, look) : nothing} ${inside()}
        </div>
        <div class="row">${button({ label: page.t("setup.finish"), kind: "primary", icon: "check", onclick: finish })}</div>`,
    close() {
      isOver = true;
    },
  };
}
