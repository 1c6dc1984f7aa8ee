/** The screen "access": who may do what, what programs need no login for, and who did what. */
import { html, nothing } from "../page/html.js";
import { notice } from "../page/parts/notice.js";
import { heading, tabs } from "../page/parts/pieces.js";
import { hashOf } from "../page/router.js";

export const areas = ["access"];

/** Each part is a module with `open(page)`, which gives `{view(), close()}`, and `areas` when it has texts of its own. */
const TABS = [
  { name: "users", isForAdmin: true, load: () => import("./access/users.js") },
  { name: "tokens", isForAdmin: true, load: () => import("./access/tokens.js") },
  { name: "networks", load: () => import("./access/networks.js") },
  { name: "tls", load: () => import("./access/tls.js") },
  { name: "audit", isForAdmin: true, load: () => import("./access/audit.js") },
];

export async function open(page) {
  const { t } = page;
  const shown = TABS.filter((tab) => !tab.isForAdmin || page.me.may_administer);
  const current = shown.find((tab) => tab.name === page.route.parts[0]) ?? shown[0];
  const [module] = await Promise.all([current.load(), page.style("screens/access.css")]);
  await Promise.all((module.areas ?? []).map(page.loadTexts));
  const part = await module.open(page);
  const all = shown.map(({ name }) => ({
    name,
    label: t(`access.tab_${name}`),
    href: hashOf(["access", name]),
  }));
  return {
    view: () =>
      html`<div class="screen">
        ${heading(t("page.access"), t("access.lead"))}
        ${tabs({ label: t("access.parts"), current: current.name, tabs: all })}
        ${page.me.may_administer ? nothing : notice("info", t("page.admin_only"))} ${part.view()}
      </div>`,
    close: () => part.close?.(),
  };
}
