/** The filters in one row; what is chosen stands in the address, so that a link shows the same. */
import { html, nothing } from "../../page/html.js";
import { button, field, searchField, select } from "../../page/parts/controls.js";
import { groupOptions, kindOptions, KINDS, readGroups } from "../../page/parts/people.js";
import { FILTERS, isFiltered, LOOK_NAMES, placeOf } from "./range.js";

/**
 * @param {object} page
 * @param {() => object} wanted
 */
export function filters(page, wanted) {
  let devices = [],
    groups = [];

  async function load() {
    const found = await Promise.allSettled([page.api.get("/devices", { signal: page.signal }), readGroups(page)]);
    if (found[0].status === "fulfilled") devices = found[0].value.devices;
    if (found[1].status === "fulfilled") groups = found[1].value;
    page.draw();
  }

  const set = (name, value) => page.go(placeOf({ ...wanted(), [name]: value }));
  const any = (label) => ({ value: "", label });
  const options = (name, label, all) => {
    const now = wanted()[name];
    const listed = [any(label), ...all];
    // What a link names and is not there any more is still what was asked.
    return now && !listed.some((each) => each.value === now) ? [...listed, { value: now, label: now }] : listed;
  };
  const choice = (name, label, all) =>
    select({
      id: `filter-${name}`,
      label,
      value: wanted()[name] ?? "",
      options: options(name, page.t("history.any"), all),
      onchange: (value) => set(name, value),
    });
  const whom = () => [
    { value: "known", label: page.t("history.who_known") },
    ...kindOptions(page, ["stranger", ...KINDS]),
  ];
  const clear = () => {
    const rest = Object.fromEntries(Object.entries(wanted()).filter(([name]) => !FILTERS.includes(name)));
    page.go(placeOf(rest));
  };

  return {
    load,
    view: () =>
      html` <section class="card" aria-label=${page.t("history.filters")}>
        <div class="history-filters">
          <div class="field">
            <label for="filter-name">${page.t("history.name")}</label>
            ${searchField({ id: "filter-name", label: page.t("history.name"), value: wanted().name ?? "", oninput: (value) => set("name", value.trim()) })}
          </div>
          ${choice(
            "device",
            page.t("history.device"),
            devices.map((each) => ({ value: each.device_id, label: each.name || each.device_id })),
          )}
          ${choice("who", page.t("history.who"), whom())}
          ${choice(
            "looks",
            page.t("history.looks"),
            LOOK_NAMES.map((value) => ({ value, label: page.t(`history.looks_${value}`) })),
          )}
          ${groups.length || wanted().group ? choice("group", page.t("history.group"), groupOptions(groups)) : nothing}
          ${field({ id: "filter-min", label: page.t("history.min_score"), type: "number", min: 0, max: 100, value: wanted().min ?? "", onchange: (value) => set("min", value) })}
        </div>
        ${
          isFiltered(wanted())
            ? html`<div class="row">
                ${wanted().person ? html`<span class="grow">${page.t("history.only_person", { person: wanted().person })}</span>` : nothing}
                ${button({ label: page.t("history.clear"), icon: "close", kind: "quiet", onclick: clear })}
              </div>`
            : nothing
        }
      </section>`,
  };
}
