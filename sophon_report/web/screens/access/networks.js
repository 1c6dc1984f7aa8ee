/** What goes without a login: trusted networks, the two switches with their warnings, and how long logins last. */
import { html, nothing } from "../../page/html.js";
import { area, button, check, field } from "../../page/parts/controls.js";
import { isOutdated, notice, problemNotice } from "../../page/parts/notice.js";

const MINUTE_S = 60,
  HOUR_S = 3600;
const SECTION = "access.";
const KEYS = [
  "trusted_networks",
  "open_reads",
  "open_writes",
  "session_idle_s",
  "session_max_s",
  "allowed_origins",
];
const WORLD = /^(0\.0\.0\.0|::)\/0$/;

const lines = (text) =>
  text
    .split(/[\s,]+/)
    .map((each) => each.trim())
    .filter(Boolean);

export async function open(page) {
  const { t } = page;
  let kept = null,
    form = null,
    etag = "",
    problem = null,
    isBusy = false;

  function take(answer) {
    const values = Object.fromEntries(answer.settings.map(({ key, value }) => [key, value]));
    kept = Object.fromEntries(KEYS.map((key) => [key, values[SECTION + key]]));
    form = {
      trusted_networks: kept.trusted_networks.join("\n"),
      allowed_origins: kept.allowed_origins.join("\n"),
      open_reads: kept.open_reads,
      open_writes: kept.open_writes,
      session_idle_s: String(kept.session_idle_s / MINUTE_S),
      session_max_s: String(kept.session_max_s / HOUR_S),
    };
    etag = answer.etag;
  }
  async function read() {
    try {
      take(await page.api.get("/settings", { signal: page.signal }));
      problem = null;
    } catch (error) {
      if (error.name === "AbortError") return;
      problem = error;
    }
    page.draw();
  }

  function wanted() {
    const values = {
      trusted_networks: lines(form.trusted_networks),
      allowed_origins: lines(form.allowed_origins),
      open_reads: form.open_reads,
      open_writes: form.open_writes,
      session_idle_s: Number(form.session_idle_s) * MINUTE_S,
      session_max_s: Number(form.session_max_s) * HOUR_S,
    };
    const changed = KEYS.filter((key) => JSON.stringify(values[key]) !== JSON.stringify(kept[key]));
    return Object.fromEntries(changed.map((key) => [SECTION + key, values[key]]));
  }

  async function save(event) {
    event.preventDefault();
    const changes = wanted();
    if (!Object.keys(changes).length) return page.say("good", t("page.saved"));
    if (!(await isSure(changes))) return;
    [isBusy, problem] = [true, null];
    page.draw();
    try {
      take(await page.api.patch("/settings", { changes }, { ifMatch: etag }));
      page.say("good", t("page.saved"));
    } catch (error) {
      problem = error;
    }
    isBusy = false;
    page.draw();
    if (problem) requestAnimationFrame(() => document.querySelector("form [aria-invalid=true]")?.focus());
  }

  /** What opens the box is asked about before it is done. */
  async function isSure(changes) {
    const opened = ["open_writes", "open_reads"].filter((key) => changes[SECTION + key] === true);
    if (!opened.length) return true;
    return page.confirm({
      title: t("access.open_ask"),
      body: html`<div class="stack">
        ${opened.map((key) => notice("warn", t(key === "open_writes" ? "access.writes_hint" : "access.reads_hint")))}
      </div>`,
      action: t("access.open_action"),
    });
  }

  const isFixed = () => !page.me.may_administer;
  const wrong = (key) => (problem?.of ? problem.of(`changes/${SECTION}${key}`) : "");
  const set = (key) => (value) => {
    form[key] = value;
    page.draw();
  };
  const several = (key, label, hint) =>
    area({
      id: key,
      label,
      hint,
      wrong: wrong(key),
      value: form[key],
      rows: 4,
      isDisabled: isFixed(),
      oninput: set(key),
    });
  const length = (key, label, unit) =>
    field({
      id: key,
      label,
      unit,
      wrong: wrong(key),
      type: "number",
      min: 0,
      step: "any",
      value: form[key],
      isDisabled: isFixed(),
      oninput: set(key),
    });
  const yes = (key, label, hint) =>
    check({ id: key, label, hint, value: form[key], isDisabled: isFixed(), onchange: set(key) });

  const opened = () =>
    html`${kept.open_writes ? notice("warn", t("access.writes_on")) : nothing}
    ${kept.open_reads ? notice("warn", t("access.reads_on")) : nothing}
    ${lines(form.trusted_networks).some((each) => WORLD.test(each)) ? notice("bad", t("access.networks_world")) : nothing}`;

  const fields = () =>
    html`<form class="stack" @submit=${save} novalidate>
      ${opened()}
      <div class="columns">
        <div class="card">
          ${several("trusted_networks", t("access.networks"), t("access.networks_hint"))}
          ${yes("open_reads", t("access.reads"), t("access.reads_hint"))}
          ${yes("open_writes", t("access.writes"), t("access.writes_hint"))}
        </div>
        <div class="card">
          <h2>${t("access.sessions")}</h2>
          ${length("session_idle_s", t("access.idle"), t("access.minutes"))}
          ${length("session_max_s", t("access.longest"), t("access.hours"))}
          ${several("allowed_origins", t("access.origins"), t("access.origins_hint"))}
        </div>
      </div>
      ${
        isFixed()
          ? nothing
          : html`<div class="row">
              ${button({ label: t("page.save"), kind: "primary", type: "submit", isBusy })}
            </div>`
      }
    </form>`;

  await read();
  return {
    view: () =>
      html`<section class="stack" aria-label=${t("access.tab_networks")}>
        <p class="soft">${t("access.networks_lead")}</p>
        ${problem ? problemNotice(page, problem, !form || isOutdated(problem) ? read : undefined) : nothing}
        ${form ? fields() : nothing}
      </section>`,
    close() {},
  };
}
