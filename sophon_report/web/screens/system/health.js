/** How the box does, and what the service takes of it. */
import { html, nothing } from "../../page/html.js";
import { problemNotice } from "../../page/parts/notice.js";
import { badge, facts, figure } from "../../page/parts/pieces.js";
import { watched } from "../../page/parts/watched.js";
import { wrongNow } from "../live/wrong.js";

const LOOK_MS = 3000;
const HEALTH = { ok: "good", degraded: "warn", failing: "bad" };
const DAY_MS = 86_400_000;

export async function open(page) {
  const { t, format } = page;
  const seen = watched(page, LOOK_MS, async () => {
    const [status, usage] = await Promise.all(
      ["/status", "/usage"].map((path) => page.api.get(path, { signal: page.signal })),
    );
    return { status, usage };
  });
  const wrong = wrongNow(page);

  const share = (space) => (space ? 1 - space.free_bytes / space.size_bytes : null);
  const used = (space) =>
    space
      ? t("system.used_of", {
          used: format.bytes(space.size_bytes - space.free_bytes),
          all: format.bytes(space.size_bytes),
        })
      : "";
  const percent = (value) => (value === null ? t("system.unknown") : format.percent(value * 100));
  const celsius = (value) => t("system.celsius", { value: format.number(value, 0) });

  const health = ({ status }) =>
    html`<section class="card">
      <div class="head">
        <h2>${t("system.health")}</h2>
        ${badge(HEALTH[status.health] ?? "warn", t(`system.health_${status.health}`))}
      </div>
      ${facts([
        [t("system.runs_since"), format.length(status.uptime_s * 1000)],
        [t("system.vision"), t(status.vision ? "system.vision_there" : "system.vision_away")],
        [t("system.clients"), format.number(status.clients)],
        [t("system.backlog"), format.number(status.backlog)],
        [t("system.refused_events"), format.number(status.refused)],
        [t("system.faces"), format.number(status.faces)],
      ])}
    </section>`;

  const machine = ({ usage: { box } }) =>
    html`<section class="card">
      <h2>${t("system.machine")}</h2>
      <div class="figure-grid">
        ${figure(t("system.cpu"), percent(box.cpu_usage), t("system.cores", { count: box.cores }))}
        ${figure(t("system.memory"), percent(share(box.memory)), used(box.memory))}
        ${figure(t("system.disk"), percent(share(box.disk)), used(box.disk))}
        ${box.tpu ? figure(t("system.tpu"), percent(box.tpu_usage), box.tpu) : nothing}
        ${box.core_celsius === null ? nothing : figure(t("system.chip_heat"), celsius(box.core_celsius))}
        ${box.board_celsius === null ? nothing : figure(t("system.board_heat"), celsius(box.board_celsius))}
      </div>
      ${facts([
        [t("system.host_name"), box.name],
        [t("system.serial"), box.serial],
        [t("system.sdk"), box.sdk],
        [t("system.cpu_name"), box.cpu],
      ])}
    </section>`;

  const processes = ({ usage }) =>
    html`<section class="card">
      <h2>${t("system.processes")}</h2>
      <div class="table-scroll" tabindex="0" role="region" aria-label=${t("system.processes")}>
        <table class="table">
          <thead>
            <tr>
              <th scope="col">${t("system.process")}</th>
              <th scope="col" class="number">${t("system.memory")}</th>
              <th scope="col" class="number">${t("system.busy_cores")}</th>
            </tr>
          </thead>
          <tbody>
            ${usage.processes.map(
              (each) =>
                html`<tr>
                  <td>${t(`system.process_${each.process}`)}</td>
                  <td class="number">${format.bytes(each.memory_bytes)}</td>
                  <td class="number">
                    ${each.cpu_cores === null ? t("system.unknown") : format.number(each.cpu_cores, 2)}
                  </td>
                </tr>`,
            )}
          </tbody>
        </table>
      </div>
    </section>`;

  const disk = ({ usage }) => {
    const all_bytes = Math.max(1, ...usage.places.map((each) => each.size_bytes));
    return html`<section class="card">
      <h2>${t("system.what_fills")}</h2>
      <div class="stack tight">
        ${usage.places.map(
          (each) =>
            html`<div class="bar-row">
              <span>${t(`system.place_${each.place}`)}</span>
              <progress
                max=${all_bytes}
                value=${each.size_bytes}
                aria-label=${t(`system.place_${each.place}`)}
              ></progress>
              <span class="figures">${format.bytes(each.size_bytes)}</span>
            </div>`,
        )}
      </div>
      <p>${reach(usage.journal)}</p>
      ${facts([
        [t("system.journal_room"), format.bytes(usage.journal.max_bytes)],
        [t("system.journal_rate"), rate(usage.journal)],
        [t("system.journal_oldest"), usage.journal.oldest_ms ? format.moment(usage.journal.oldest_ms) : ""],
      ])}
    </section>`;
  };
  const rate = ({ rate_bytes_per_day }) =>
    rate_bytes_per_day === null ? "" : t("system.a_day", { size: format.bytes(rate_bytes_per_day) });
  const reach = ({ reach_days }) =>
    reach_days === null
      ? t("system.reach_unknown")
      : t("system.reach", { length: format.length(reach_days * DAY_MS) });

  return {
    view: () =>
      html`${seen.problem ? problemNotice(page, seen.problem, seen.again) : nothing}
      ${
        seen.told
          ? html`${wrong.view()}
              <div class="columns">${[health, machine, disk, processes].map((card) => card(seen.told))}</div>`
          : nothing
      }`,
  };
}
