/** The screen "people": who is registered, one person, groups; import and strangers are pages of their own. */
import { html, nothing } from "../page/html.js";
import { linkButton } from "../page/parts/controls.js";
import { heading, tabs } from "../page/parts/pieces.js";

export const areas = ["people", "people_groups"];

const PARTS = {
  "": () => import("./people/list.js"),
  add: () => import("./people/add.js"),
  person: () => import("./people/person.js"),
  groups: () => import("./people/groups.js"),
  import: () => import("./people/import.js"),
  strangers: () => import("./people/strangers.js"),
};
const TABS = ["", "groups", `import`, "strangers"];

/** Opens the part that the address names; each gives `{view, close}`, and `title` when it has a heading of its own. */
export async function open(page) {
  await page.style("screens/people.css");
  const name = page.route.parts[0] in PARTS ? page.route.parts[0] : "";
  const module = await PARTS[name]();
  await Promise.all((module.areas ?? []).map(page.loadTexts));
  const part = await module.open(page);

  const add = () =>
    page.me.may_write && name === ""
      ? linkButton({ label: page.t("people.add"), href: "#/people/add", kind: "primary", icon: "plus" })
      : nothing;
  const all = () =>
    TABS.map((each) => ({
      name: each,
      label: page.t(`people.tab_${each || "all"}`),
      href: each ? `#/people/${each}` : "#/people",
    }));
  return {
    view: () =>
      html`<div class="screen">
        ${part.title ? nothing : heading(page.t("page.people"), "", add())}
        ${part.title ? nothing : tabs({ label: page.t("page.people"), current: name, tabs: all() })}${part.view()}
      </div>`,
    close: () => part.close?.(),
  };
}
