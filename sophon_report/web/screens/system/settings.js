/** The settings: found by a word, changed one by one while the service runs, each change taken back with one click. */
import { html, nothing } from "../../page/html.js";
import { button, check, searchField } from "../../page/parts/controls.js";
import { notice } from "../../page/parts/notice.js";
import { badge, empty } from "../../page/parts/pieces.js";
import { control, problemText, shownValue } from "./controls.js";

const ORDER = [
  ...["box", "match", "visit", "quality", "strangers", "active", "preview", "engine", "models", "limits"],
  ...["journal", "events", "access", "server", "status", "box_status", "compat", "log"],
];
/** Switches of who may do what that are asked about before they are turned on. */
const CAREFUL = ["open_reads", "open_writes", "destination_own_ports"];

const isCareful = (key) => key.startsWith("access.") && CAREFUL.includes(key.split(".")[1]);
const groupOf = (key) => (key.includes(".") ? key.split(".")[0] : "box");

export async function open(page, { waits }) {
  const { t } = page;
  let told = await page.api.get("/settings", { signal: page.signal }),
    wanted = page.route.query.find ?? "",
    onlyChanged = false;
  const rows = new Map();
  const unfolded = new Set(["box", "match"]);
  const row = (key) => rows.get(key) ?? rows.set(key, { draft: undefined, wrong: "", undo: null, isBusy: false }).get(key);

  /** Store a value, or null for that of the file; what was there before can be put back. */
  async function save(setting, value, isUndo = false) {
    const state = row(setting.key);
    if (value === true && isCareful(setting.key) && !isUndo && !(await careful(setting))) return page.draw();
    const former = setting.origin === "stored" ? setting.value : null;
    Object.assign(state, { isBusy: true, wrong: "" });
    page.draw();
    try {
      told = await page.api.patch("/settings", { changes: { [setting.key]: value } }, { signal: page.signal });
      const canUndo = !isUndo && !setting.secret;
      Object.assign(state, { draft: undefined, undo: canUndo ? { value: former } : null });
      page.say("good", t(isUndo ? "system.undone" : "system.saved_one", { name: t(`settings.${setting.key}.name`) }));
      waits();
    } catch (error) {
      if (error.name === "AbortError") return;
      state.wrong = problemText(page, setting, error);
    } finally {
      state.isBusy = false;
      page.draw();
    }
  }

  const careful = (setting) =>
    page.confirm({
      title: t(`settings.${setting.key}.name`),
      body: t(`settings.${setting.key}.what`),
      action: t("system.turn_on"),
    });

  const matches = (setting) => {
    if (onlyChanged && setting.origin === "default") return false;
    const word = wanted.trim().toLocaleLowerCase();
    const said = ["name", "what"].map((each) => t(`settings.${setting.key}.${each}`));
    return !word || [setting.key, ...said].some((each) => each.toLocaleLowerCase().includes(word));
  };

  const origin = (setting) =>
    html`${setting.origin === "stored" ? badge("busy", t("system.changed")) : nothing}
    ${setting.origin === "file" ? badge("info", t("system.from_file")) : nothing}
    ${told.waiting.includes(setting.key) ? badge("warn", t("system.waits")) : nothing}`;

  const one = (setting) => {
    const state = row(setting.key);
    const isDisabled = !page.me.may_administer || state.isBusy;
    const usual = shownValue(page, setting, setting.file_value);
    return html`<li class="setting" data-key=${setting.key}>
      <div class="what">
        ${control(page, setting, state, { isDisabled, save: (value) => save(setting, value) })}
      </div>
      <div class="side-notes">
        <div class="row">${origin(setting)}</div>
        ${
          setting.origin === "stored" && page.me.may_administer
            ? html`<div class="row">
                ${button({ label: t("system.reset", { value: usual }), kind: "quiet", onclick: () => save(setting, null) })}
              </div>`
            : nothing
        }
        ${
          state.undo
            ? html`<div class="row">
                ${button({ label: t("page.undo"), kind: "quiet", icon: "left", onclick: () => save(setting, state.undo.value, true) })}
              </div>`
            : nothing
        }
        <code class="soft small">${setting.key}</code>
      </div>
    </li>`;
  };

  const group = (name, settings) => {
    const isOpen = unfolded.has(name) || Boolean(wanted.trim()) || onlyChanged;
    const changed = settings.filter((each) => each.origin === "stored").length;
    const toggled = (event) => {
      if (wanted.trim() || onlyChanged) return;
      unfolded[event.target.open ? "add" : "delete"](name);
      page.draw();
    };
    return html`<details class="card flush group" ?open=${isOpen} @toggle=${toggled}>
      <summary>
        <h2>${t(`settings.group.${name}`)}</h2>
        <span class="soft small">${t("system.settings_count", { count: settings.length })}</span>
        ${changed ? badge("busy", t("system.changed_count", { count: changed })) : nothing}
      </summary>
      ${isOpen ? html`<ul>${settings.map(one)}</ul>` : nothing}
    </details>`;
  };

  const groups = () => {
    const found = told.settings.filter(matches);
    const names = [...new Set([...ORDER, ...told.settings.map(({ key }) => groupOf(key))])];
    const shown = names.map((name) => [name, found.filter(({ key }) => groupOf(key) === name)]);
    const some = shown.filter(([, settings]) => settings.length);
    return some.length
      ? some.map(([name, settings]) => group(name, settings))
      : empty({ icon: "search", title: t("system.no_setting"), body: t("system.no_setting_hint") });
  };

  return {
    view: () =>
      html`<div class="stack">
        ${page.me.may_administer ? nothing : notice("info", html`<p>${t("page.admin_only")}</p>`)}
        <div class="row">
          <div class="grow">
            ${searchField({
              id: "find-setting",
              label: t("system.find_setting"),
              value: wanted,
              oninput: (value) => {
                wanted = value;
                page.draw();
              },
            })}
          </div>
          ${check({
            id: "only-changed",
            label: t("system.only_changed"),
            value: onlyChanged,
            onchange: (value) => {
              onlyChanged = value;
              page.draw();
            },
          })}
        </div>
        <div class="stack tight" aria-live="off">${groups()}</div>
      </div>`,
  };
}
