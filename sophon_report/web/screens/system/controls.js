/** A control for each kind of setting, made of its form; and its values and problems in words. */
import { html } from "../../page/html.js";
import { area, button, check, field, select } from "../../page/parts/controls.js";
import { explained } from "../../page/parts/notice.js";

const UNITS = ["s", "ms", "px", "pct", "days", "fps"];
const STEPS = [
  [2 ** 40, "TiB"],
  [2 ** 30, "GiB"],
  [2 ** 20, "MiB"],
  [2 ** 10, "KiB"],
];

/** A number of bytes as it is typed in: exactly, in the largest unit that it is a whole number of. */
function sizeText(size_bytes) {
  const [step, name] = STEPS.find(([each]) => size_bytes && size_bytes % each === 0) ?? [1, "B"];
  return size_bytes ? `${size_bytes / step} ${name}` : "0";
}

const kindOf = ({ form, choices, secret, unit }) => {
  if (secret) return "secret";
  if (choices.length) return "choice";
  if (unit === "bytes") return "size";
  return { boolean: "switch", integer: "number", number: "number", array: "list" }[form.type] ?? "text";
};

const least = (form) => form.minimum ?? form.exclusiveMinimum;

/** The bounds of a number in words; "" when it has none. */
function range(page, { form, unit }) {
  if (least(form) === undefined || form.maximum === undefined) return "";
  const told = (value) => (unit === "bytes" ? sizeText(value) : String(value));
  const values = { least: told(least(form)), most: told(form.maximum) };
  return page.t(form.exclusiveMinimum === undefined ? "system.range" : "system.range_above", values);
}

/** A value as people read it. */
export function shownValue(page, setting, value) {
  const kind = kindOf(setting);
  if (kind === "switch") return page.t(value ? "page.on" : "page.off");
  if (kind === "choice") return page.t(`settings.${setting.key}.${value}`);
  if (kind === "size") return sizeText(value);
  if (kind === "list") return value.length ? value.join(" ") : page.t("system.nothing");
  if (kind === "number" && setting.unit) return page.t(`system.value_${setting.unit}`, { value });
  return value === "" ? page.t("system.nothing") : String(value);
}

/** What is wrong with a value, in the page's language where its form says it. */
export function problemText(page, setting, problem) {
  const detail = problem.of?.(`changes/${setting.key}`) ?? "";
  if (!detail) return explained(page, problem);
  const bounds = range(page, setting);
  if (bounds && /must be (greater|less)/.test(detail)) return page.t("system.out_of_range", { range: bounds });
  if (/must be a (whole )?number/.test(detail)) return numberText(page, setting);
  return page.t("system.not_taken", { detail });
}

const numberText = (page, { form }) => page.t(form.type === "integer" ? "system.whole_number" : "system.a_number");

/**
 * @param {object} page
 * @param {object} setting of the API
 * @param {{draft: any, wrong: string, isBusy: boolean}} state of it in the page
 * @param {{isDisabled: boolean, save: (value: any) => void}} how
 */
export function control(page, setting, state, { isDisabled, save }) {
  const { t } = page;
  const id = `setting-${setting.key.replace(/\W/g, "-")}`;
  const label = t(`settings.${setting.key}.name`);
  const what = t(`settings.${setting.key}.what`);
  const bounds = range(page, setting);
  const hint = html`${what}${bounds ? html` <span class="figures">${bounds}</span>` : ""}`;
  const wrong = state.wrong;
  const draft = state.draft ?? (kindOf(setting) === "list" ? setting.value.join("\n") : setting.value);
  const typed = (value) => {
    state.draft = value;
  };
  const keep = (value) => {
    state.draft = value;
    page.draw();
  };
  const same = { id, label, hint, wrong, isDisabled };

  /** Only a number goes to the box; anything else is told at once. */
  const number = (text) => {
    const value = Number(text.trim());
    if (text.trim() === "" || Number.isNaN(value)) {
      Object.assign(state, { draft: text, wrong: numberText(page, setting) });
      return page.draw();
    }
    state.draft = text;
    if (value !== setting.value) save(value);
  };

  switch (kindOf(setting)) {
    case "switch":
      return html`${check({ id, label, value: setting.value, hint, isDisabled, onchange: save })}
      ${wrong ? html`<p class="wrong small" role="alert">${wrong}</p>` : ""}`;
    case "choice":
      return select({
        ...same,
        value: setting.value,
        options: setting.choices.map((value) => ({ value, label: t(`settings.${setting.key}.${value}`) })),
        onchange: save,
      });
    case "number":
      return field({
        ...same,
        type: "number",
        value: draft,
        unit: UNITS.includes(setting.unit) ? t(`system.unit_${setting.unit}`) : undefined,
        step: setting.form.type === "integer" ? 1 : "any",
        oninput: typed,
        onchange: number,
      });
    case "size":
      return field({
        ...same,
        value: state.draft ?? sizeText(setting.value),
        isCode: true,
        oninput: typed,
        onchange: (text) => save(/^\s*\d+\s*$/.test(text) ? Number(text) : text),
      });
    case "list":
      return html`${area({ ...same, value: draft, rows: Math.min(6, Math.max(2, draft.split("\n").length)), oninput: keep })}
      ${
        state.draft === undefined || state.draft === setting.value.join("\n")
          ? ""
          : html`<div class="row">
              ${button({ label: t("page.save"), kind: "primary", isDisabled, onclick: () => save(lines(state.draft)) })}
            </div>`
      }`;
    case "secret":
      return field({
        ...same,
        type: "password",
        value: state.draft ?? "",
        placeholder: setting.value ? t("system.is_set") : t("system.nothing"),
        autocomplete: "new-password",
        oninput: typed,
        onchange: (text) => text && save(text),
      });
    default:
      return field({
        ...same,
        value: draft,
        isCode: true,
        oninput: typed,
        onchange: (text) => text !== setting.value && save(text),
      });
  }
}

const lines = (text) =>
  text
    .split("\n")
    .map((line) => line.trim())
    .filter(Boolean);
