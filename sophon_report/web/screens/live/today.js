/** Today in figures: those of the box, and the events that came since it counted. */
import { html, nothing, svg } from "../../page/html.js";
import { problemNotice } from "../../page/parts/notice.js";
import { figure } from "../../page/parts/pieces.js";

const MOST_LATER = 2000;
const HOUR_MS = 3_600_000;
const CHART = { width: 240, height: 64, bar: 8, step: 10 };

/** @returns {{view: () => any, look: () => Promise<object>, add: (event: object) => void}} */
export function todayFigures(page) {
  let counted = null,
    problem = null,
    later = [];

  async function look() {
    try {
      counted = await page.api.get(`/today?utc_offset_min=${-new Date().getTimezoneOffset()}`, {
        signal: page.signal,
      });
      later = later.filter((each) => each.seq > counted.seq);
      problem = null;
    } catch (error) {
      if (error.name === "AbortError") throw error;
      problem = error;
    }
    page.draw();
    return counted;
  }
  function add(event) {
    later = [...later, event].slice(-MOST_LATER);
    page.draw();
  }

  const view = () =>
    html`<section class="card today" aria-labelledby="today-title">
      <h2 id="today-title">${page.t("live.today")}</h2>
      ${problem ? problemNotice(page, problem, look) : nothing} ${counted ? figures(sum(counted, later)) : nothing}
    </section>`;

  const figures = (now) =>
    html`<div class="figure-grid">
        ${figure(page.t("live.visits"), page.format.number(now.known + now.strangers))}
        ${figure(page.t("live.known"), page.format.number(now.known))}
        ${figure(page.t("live.strangers"), page.format.number(now.strangers))}
      </div>
      ${chart(now)} ${tables(now)}`;

  const chart = (now) => {
    const most = Math.max(1, ...now.hours.map((each) => each.known + each.strangers));
    const busiest = now.hours.findIndex((each) => each.known + each.strangers === most);
    const label =
      now.known + now.strangers
        ? page.t("live.chart", { hour: clock(busiest), count: page.format.number(most) })
        : page.t("live.chart_empty");
    return html`<svg
      class="hours"
      viewBox="0 0 ${CHART.width} ${CHART.height + 12}"
      role="img"
      aria-label=${label}
    >
      ${now.hours.map((each, hour) => bar(each, hour, most))}
      ${[0, 6, 12, 18].map((hour) => svg`<text x=${hour * CHART.step} y=${CHART.height + 11}>${clock(hour)}</text>`)}
    </svg>`;
  };
  const bar = ({ known, strangers }, hour, most) => {
    const high = (count) => (count / most) * CHART.height;
    const x = hour * CHART.step;
    return svg`<rect class="ground" x=${x} y=${CHART.height - 1} width=${CHART.bar} height="1"></rect>
      <rect class="known" x=${x} y=${CHART.height - high(known)} width=${CHART.bar} height=${high(known)}></rect>
      <rect class="strangers" x=${x} y=${CHART.height - high(known) - high(strangers)} width=${CHART.bar} height=${high(strangers)}></rect>`;
  };
  const tables = (now) => {
    const hours = now.hours
      .map((each, hour) => ({ name: clock(hour), ...each }))
      .filter((each) => each.known + each.strangers);
    if (!hours.length) return nothing;
    return html`<details>
      <summary>${page.t("live.in_figures")}</summary>
      <div class="stack">${table("live.hour", hours)} ${table("live.camera", now.devices)}</div>
    </details>`;
  };
  const table = (name, rows) =>
    html`<div class="table-scroll">
      <table class="table">
        <thead>
          <tr>
            <th scope="col">${page.t(name)}</th>
            <th scope="col" class="number">${page.t("live.known")}</th>
            <th scope="col" class="number">${page.t("live.strangers")}</th>
          </tr>
        </thead>
        <tbody>
          ${rows.map(
            (each) =>
              html`<tr>
                <td>${each.name || each.device_id}</td>
                <td class="number">${page.format.number(each.known)}</td>
                <td class="number">${page.format.number(each.strangers)}</td>
              </tr>`,
          )}
        </tbody>
      </table>
    </div>`;

  return { view, look, add };
}

const clock = (hour) => `${String(hour).padStart(2, "0")}:00`;

/** What the box counted, and what came since. Pure. */
export function sum(counted, later) {
  const hours = counted.hours.map((each) => ({ ...each }));
  const devices = new Map(counted.devices.map((each) => [each.device_id, { ...each }]));
  let { known, strangers } = counted;
  for (const event of later) {
    const hour = Math.floor((event.at_ms - counted.from_ms) / HOUR_MS);
    if (event.seq <= counted.seq || hour < 0 || hour >= hours.length) continue;
    const kind = event.user_type === "stranger" ? "strangers" : "known";
    const device = devices.get(event.device_id) ?? {
      device_id: event.device_id,
      name: event.device_name,
      known: 0,
      strangers: 0,
    };
    devices.set(event.device_id, device);
    hours[hour][kind] += 1;
    device[kind] += 1;
    if (kind === "known") known += 1;
    else strangers += 1;
  }
  return { known, strangers, hours, devices: [...devices.values()] };
}
