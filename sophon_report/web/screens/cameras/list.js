/** All cameras: what each sees, how it does, and why not. */
import { html, nothing, repeat } from "../../page/html.js";
import { icon } from "../../page/icons.js";
import { linkButton } from "../../page/parts/controls.js";
import { problemNotice } from "../../page/parts/notice.js";
import { groupNames, readGroups } from "../../page/parts/people.js";
import { empty, facts, heading, picture } from "../../page/parts/pieces.js";
import { watched } from "../../page/parts/watched.js";
import { hashOf } from "../../page/router.js";
import { devicePictures } from "./pictures.js";
import { reasonText, stateBadge } from "./states.js";

const LOOK_MS = 2000;

export async function openList(page) {
  const groups = groupNames(await readGroups(page));
  const seen = watched(page, LOOK_MS, () => page.api.get("/devices", { signal: page.signal }));
  await seen.first;
  const pictures = devicePictures(page, () => seen.told?.devices ?? []);

  const add = () =>
    page.me.may_write
      ? linkButton({ label: page.t("cameras.add"), href: "#/cameras/new", kind: "primary", icon: "plus" })
      : nothing;
  const nobody = () =>
    empty({ icon: "camera", title: page.t("cameras.none"), body: page.t("cameras.none_body"), action: add() });

  const figures = (device) => [
    [page.t("cameras.kind"), page.t(`cameras.type_${device.type}`)],
    [page.t("cameras.address"), html`<span class="wrap">${device.url}</span>`],
    [page.t("cameras.fps"), device.fps ? page.format.number(device.fps, 1) : ""],
    [
      page.t("cameras.delay"),
      device.state === "online" && device.delay_ms ? page.format.length(device.delay_ms) : "",
    ],
    [page.t("cameras.size"), device.width ? `${device.width} × ${device.height} ${device.codec}` : ""],
    [page.t("cameras.faces"), device.state === "online" ? page.format.number(device.faces) : ""],
    [page.t("cameras.region"), device.region.length ? page.t("cameras.region_some") : ""],
    [
      page.t("cameras.group"),
      device.permission_id ? (groups.get(device.permission_id) ?? device.permission_id) : "",
    ],
  ];

  return {
    view: () =>
      html`<div class="screen">
        ${heading(page.t("page.cameras"), page.t("cameras.lead"), seen.told?.devices.length ? add() : nothing)}
        ${seen.problem ? problemNotice(page, seen.problem, seen.again) : nothing}
        ${seen.told ? (seen.told.devices.length ? all() : nobody()) : nothing}
      </div>`,
    close: pictures.close,
  };

  function all() {
    return html`<ul class="cameras" aria-label=${page.t("page.cameras")}>
      ${repeat(
        seen.told.devices,
        ({ device_id }) => device_id,
        (device) => html`<li class="card camera">${one(device)}</li>`,
      )}
    </ul>`;
  }

  function one(device) {
    const src = pictures.src(device.device_id);
    const title = page.me.may_write
      ? html`<a href=${hashOf(["cameras", "edit", device.device_id])}>${device.name || device.device_id}</a>`
      : device.name || device.device_id;
    return html`<div class="view">
        ${src ? picture({ src, alt: page.t("cameras.picture_of", { name: device.name }), isWhole: true }) : without(device)}
      </div>
      <div class="stack tight told">
        <div class="row">
          <h2 class="grow wrap">${title}</h2>
          ${stateBadge(page, device)}
        </div>
        <div class="reason">${reasonText(page, device)}</div>
        ${facts(figures(device))}
      </div>`;
  }

  function without(device) {
    return html`<span class="picture"
      >${icon(device.type === "photo" ? "picture" : "camera")}<span class="small"
        >${page.t(device.type === "photo" ? "cameras.picture_pushed" : "cameras.picture_none")}</span
      ></span
    >`;
  }
}
