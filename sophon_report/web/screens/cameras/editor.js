/** One camera: what it is, a live test of it, its region, and its end. Nothing is stored before "save". */
import { html, nothing } from "../../page/html.js";
import { button, field, linkButton, select } from "../../page/parts/controls.js";
import { isOutdated, notice, problemNotice } from "../../page/parts/notice.js";
import { groupNames, readGroups } from "../../page/parts/people.js";
import { heading } from "../../page/parts/pieces.js";
import { addressOf, hostOf, partsOf } from "./address.js";
import { freeId } from "./ids.js";
import { devicePictures } from "./pictures.js";
import { regionField, wrongRegion } from "./region.js";
import { sourceFields } from "./source.js";
import { reasonText, stateBadge } from "./states.js";
import { cameraTrial } from "./trial.js";

const LOOK_MS = 3000;
const MAX_ID = 128,
  MAX_NAME = 256;
const NEW = {
  device_id: "",
  name: "",
  type: "rtsp",
  url: "",
  permission_id: "",
  photo_kind: "gate",
  region: [],
  loop: true,
  speed: "realtime",
  transport: "tcp",
};

/** @param {string|null} device_id of the camera; `null` for a new one */
export async function openEditor(page, device_id) {
  const path = device_id === null ? "/devices" : `/devices/${encodeURIComponent(device_id)}`;
  const { devices } = await page.api.get("/devices", { signal: page.signal });
  let stored = device_id === null ? { ...NEW, device_id: freeId(devices) } : await page.api.get(path);
  const groups = groupNames(await readGroups(page));
  const form = { ...stored, address: partsOf(stored.url) };
  let former = partsOf(stored.url);
  const state = {
    wrong: {},
    problem: null,
    isSaving: false,
    row: devices.find((each) => each.device_id === device_id),
  };
  const mayWrite = page.me.may_write;

  const set = (changes) => {
    Object.assign(form, changes);
    page.draw();
  };
  const wanted = () => ({
    device_id: form.device_id.trim(),
    name: form.name.trim(),
    type: form.type,
    url: form.type === "rtsp" ? addressOf(form.address) : form.url.trim(),
    permission_id: form.permission_id,
    photo_kind: form.photo_kind,
    region: form.type === "photo" ? [] : form.region,
    loop: form.loop,
    speed: form.speed,
    transport: form.transport,
  });

  const trial = cameraTrial(page, () => ({ ...wanted(), stored: device_id }));
  const region = regionField(page, (value) => set({ region: value }));
  const source = await sourceFields(page, { form, set, wrong: state.wrong, isNew: device_id === null });
  const pictures = devicePictures(page, () => (state.row ? [state.row] : []));
  if (device_id !== null)
    page.every(LOOK_MS, async () => {
      const told = await page.api.get("/devices", { signal: page.signal });
      state.row = told.devices.find((each) => each.device_id === device_id);
      page.draw();
    });

  function check() {
    const { address } = form;
    const isMoved = address.isKept && !address.password && hostOf(address.place) !== hostOf(former.place);
    const isRenamed = address.isKept && !address.password && address.user !== former.user;
    const found = {
      device_id: form.device_id.trim() ? "" : "cameras.wrong_id",
      url:
        form.type === "rtsp" && !/^(rtsps?|https?):\/\/[^/]+/i.test(address.place.trim())
          ? "cameras.wrong_url"
          : "",
      password: form.type === "rtsp" && (isMoved || isRenamed) ? "cameras.wrong_password_again" : "",
      file: form.type !== "rtsp" && !form.url.trim() ? `cameras.wrong_${form.type}` : "",
      region: form.type === "photo" ? "" : wrongRegion(form.region),
    };
    mark(found);
    return Object.values(found).every((key) => !key);
  }
  function mark(keys) {
    for (const name of ["device_id", "name", "url", "password", "file", "region"])
      state.wrong[name] = keys[name] ? page.t(keys[name]) : "";
    page.draw();
    requestAnimationFrame(() => document.querySelector("#main [aria-invalid=true]")?.focus());
  }

  async function save(event) {
    event.preventDefault();
    if (state.isSaving || !check()) return;
    Object.assign(state, { isSaving: true, problem: null });
    page.draw();
    try {
      if (device_id === null) await page.api.post(path, wanted());
      else await page.api.put(path, wanted(), { ifMatch: stored.etag });
      page.say("good", page.t("page.saved"));
      return page.go("#/cameras");
    } catch (problem) {
      if (problem.name === "AbortError") return;
      state.problem = problem;
      if (problem.code === "INVALID_ARGUMENTS")
        mark({
          url: problem.of("url") && form.type === "rtsp" ? "cameras.wrong_url" : "",
          file: problem.of("url") && form.type !== "rtsp" ? `cameras.wrong_${form.type}` : "",
          device_id: problem.of("device_id") ? "cameras.wrong_id" : "",
          region: problem.of("region") ? "cameras.wrong_region" : "",
        });
    } finally {
      state.isSaving = false;
      page.draw();
    }
  }

  /** What is saved now, instead of what was filled in before somebody else changed it. */
  async function readAgain() {
    try {
      stored = await page.api.get(path, { signal: page.signal });
      former = partsOf(stored.url);
      state.problem = null;
      set({ ...stored, address: partsOf(stored.url) });
    } catch (problem) {
      if (problem.name === "AbortError") return;
      state.problem = problem;
      page.draw();
    }
  }

  async function remove() {
    const name = stored.name || stored.device_id;
    const isSure = await page.confirm({
      title: page.t("cameras.delete_title", { name }),
      body: page.t("cameras.delete_body"),
      action: page.t("page.delete"),
      name,
    });
    if (!isSure) return;
    try {
      await page.api.delete(path);
      page.say("good", page.t("cameras.deleted", { name }));
      page.go("#/cameras");
    } catch (problem) {
      state.problem = problem;
      page.draw();
    }
  }

  const title = () => (device_id === null ? page.t("cameras.add") : stored.name || device_id);
  return {
    view: () =>
      html`<div class="screen">
        ${heading(title(), device_id === null ? page.t("cameras.add_lead") : "", linkButton({ label: page.t("page.back"), href: "#/cameras", icon: "left" }))}
        ${mayWrite ? nothing : notice("info", page.t("page.read_only"))}
        ${state.problem ? problemNotice(page, state.problem, isOutdated(state.problem) ? readAgain : undefined) : nothing}
        ${state.row ? standing() : nothing}
        <form class="stack" novalidate @submit=${save}>
          <fieldset class="stack" ?disabled=${!mayWrite}>
            <section class="card">${source.view()}</section>
            ${form.type === "photo" ? nothing : html`<section class="card">${trial.view()} ${looked()}</section>`}
            <section class="card">${names()}</section>
          </fieldset>
          ${mayWrite ? actions() : nothing}
        </form>
      </div>`,
    close() {
      pictures.close();
      trial.close();
    },
  };

  function standing() {
    return html`<section class="card" aria-label=${page.t("cameras.state")}>
      <div class="row">
        ${stateBadge(page, state.row)}
        <span class="soft figures"
          >${state.row.state === "online" ? page.t("cameras.figures", { fps: page.format.number(state.row.fps, 1), delay: page.format.length(state.row.delay_ms) }) : nothing}</span
        >
      </div>
      ${reasonText(page, state.row)}
    </section>`;
  }

  function names() {
    return html`<h2>${page.t("cameras.naming")}</h2>
      <div class="columns">
        ${field({
          id: "camera-name",
          label: page.t("cameras.name"),
          value: form.name,
          maxlength: MAX_NAME,
          hint: page.t("cameras.name_hint"),
          oninput: (name) => set({ name }),
        })}
        ${field({
          id: "camera-id",
          label: page.t("cameras.id"),
          value: form.device_id,
          maxlength: MAX_ID,
          isCode: true,
          isDisabled: device_id !== null,
          hint: page.t(device_id === null ? "cameras.id_hint" : "cameras.id_kept"),
          wrong: state.wrong.device_id,
          oninput: (id) => set({ device_id: id }),
        })}
        ${select({
          id: "camera-group",
          label: page.t("cameras.group"),
          value: form.permission_id,
          hint: page.t("cameras.group_hint"),
          options: groupOptions(),
          onchange: (id) => set({ permission_id: id }),
        })}
      </div>`;
  }

  function groupOptions() {
    const known = [...groups].map(([value, label]) => ({ value, label }));
    const own = stored.permission_id;
    const lost = own && !groups.has(own) ? [{ value: own, label: own }] : [];
    return [{ value: "", label: page.t("cameras.group_all") }, ...known, ...lost];
  }

  function looked() {
    const tried = trial.picture();
    const row = state.row ?? {};
    const src = tried?.src ?? pictures.src(device_id ?? "");
    return region.view({
      region: form.region,
      src,
      width: tried?.width ?? row.width ?? 0,
      height: tried?.height ?? row.height ?? 0,
      wrong: state.wrong.region,
    });
  }

  function actions() {
    return html`<div class="row">
      ${button({ label: page.t("page.save"), kind: "primary", type: "submit", icon: "check", isBusy: state.isSaving })}
      ${linkButton({ label: page.t("page.cancel"), href: "#/cameras" })}
      ${device_id === null ? nothing : html`<span class="end">${button({ label: page.t("page.delete"), kind: "danger", icon: "trash", onclick: remove })}</span>`}
    </div>`;
  }
}
