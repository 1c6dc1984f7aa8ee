/** The screen "system": settings, health, logs, models, licences, backups, and what is new. */
import { html, nothing } from "../page/html.js";
import { heading, tabs } from "../page/parts/pieces.js";
import { hashOf } from "../page/router.js";
import { restartNotice } from "./system/restart.js";

export const areas = ["system", "settings", "live"];

const STYLES = ["screens/system.css", "screens/live.css"];
const TABS = [
  { name: "settings", load: () => import("./system/settings.js") },
  { name: "health", load: () => import("./system/health.js") },
  { name: "logs", load: () => import("./system/logs.js"), isForAdmin: true },
  { name: "backup", load: () => import("./system/backup.js"), isForAdmin: true },
  { name: "models", load: () => import("./system/models.js") },
  { name: "licences", load: () => import("./system/licences.js") },
  { name: "about", load: () => import("./system/about.js") },
];

export async function open(page) {
  const shown = TABS.filter((tab) => !tab.isForAdmin || page.me.may_administer);
  const current = shown.find((tab) => tab.name === page.route.parts[0]) ?? shown[0];
  const restart = restartNotice(page);
  const [module] = await Promise.all([current.load(), ...STYLES.map(page.style), restart.look()]);
  const part = await module.open(page, { waits: restart.look });
  return {
    view: () =>
      html`<div class="screen">
        ${heading(page.t("page.system"))}
        ${tabs({
          label: page.t("system.parts"),
          current: current.name,
          tabs: shown.map(({ name }) => ({
            name,
            label: page.t(`system.tab_${name}`),
            href: hashOf(["system", name]),
          })),
        })}
        ${restart.view()} ${part?.view() ?? nothing}
      </div>`,
    close: () => part?.close?.(),
  };
}
