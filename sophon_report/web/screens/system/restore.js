/** Putting a backup back: which file, what it would change, and then the work itself. */
import { html, nothing } from "../../page/html.js";
import { query } from "../../page/api.js";
import { button, check, field, select } from "../../page/parts/controls.js";
import { fileField } from "../../page/parts/files.js";
import { followJob, jobProgress } from "../../page/parts/jobs.js";
import { notice, problemNotice } from "../../page/parts/notice.js";

export const PARTS = ["settings", "devices", "destinations", "people"];
const MAX_NAMES = 12;
const NONE = "-";

/** @param {{backups: () => object[], waits: Function}} of `waits`: asks what waits for a restart now */
export function restoreCard(page, { backups, waits }) {
  const { t, format } = page;
  const chosen = new Set(PARTS);
  let source = "",
    given = null,
    passphrase = "",
    job = null,
    label = "",
    plan = null,
    done = null,
    problem = null;

  const wish = () => ({
    ...(given && source === "" ? { file: given.file } : { backup: source }),
    parts: [...chosen],
    passphrase,
  });
  /** What was looked through is not what is wished any more. */
  function changed() {
    [plan, done] = [null, null];
    page.draw();
  }

  /** Look through what is `asked`, or put it back: nothing else can be wished before that is over. */
  async function run(asked, dry_run) {
    [problem, done, label] = [null, null, t(dry_run ? "system.looking_through" : "system.putting_back")];
    job = { state: "queued", progress: null };
    page.draw();
    try {
      const begun = await page.api.post("/restore", { ...asked, dry_run });
      const ended = await followJob(page, begun, (now) => {
        job = now;
        page.draw();
      });
      if (ended.state === "done" && dry_run) plan = { ...ended.result, asked };
      if (ended.state === "done" && !dry_run) [done, plan] = [ended.result, null];
      if (ended.state === "failed") problem = failed(ended);
      if (!dry_run) waits();
    } catch (error) {
      if (error.name === "AbortError") return;
      problem = error;
    }
    job = null;
    page.draw();
  }

  const failed = (ended) =>
    Object.assign(new Error(ended.problem), {
      text: /passphrase/.test(ended.problem) ? t("system.wrong_passphrase") : t("system.restore_failed"),
    });

  async function upload([file]) {
    [problem, plan, done, label] = [null, null, null, t("system.giving_file")];
    job = { state: "running", progress: null, cancellable: false };
    page.draw();
    try {
      const name = file.name.replace(/[^\w.-]/g, "_").replace(/^[^A-Za-z0-9]+/, "") || "backup.zip";
      given = await page.api.post(`/uploads${query({ name })}`, file, { type: "application/octet-stream" });
      source = "";
      job = null;
      await run(wish(), true);
    } catch (error) {
      if (error.name === "AbortError") return;
      [problem, job] = [error, null];
      page.draw();
    }
  }

  async function restore() {
    const { asked } = plan;
    const body = t("system.restore_body");
    if (await page.confirm({ title: t("system.restore"), body, action: t("system.restore") }))
      await run(asked, false);
  }

  const names = (list) => {
    const shown = format.list(list.slice(0, MAX_NAMES));
    return list.length > MAX_NAMES
      ? t("system.and_more", { names: shown, count: list.length - MAX_NAMES })
      : shown;
  };
  const line = (key, list) =>
    list.length ? html`<li>${t(key, { count: list.length, names: names(list) })}</li>` : nothing;
  const settingNames = (keys) =>
    keys.map((key) => (page.has(`settings.${key}.name`) ? t(`settings.${key}.name`) : key));
  const refused = (of) => Object.entries(of).map(([name, why]) => `${name} (${why})`);

  const ofPart = (part, told) =>
    html`${line(`system.plan_${part}_added`, told.added)} ${line(`system.plan_${part}_changed`, told.changed)}
    ${line("system.plan_refused", refused(told.refused))}
    ${line(`system.plan_${part}_secret`, told.without_secret)}`;

  const plannedLines = (of) =>
    html`<ul class="notes stack tight">
      ${line("system.plan_settings", settingNames(of.settings.changed))}
      ${line("system.plan_refused", refused(of.settings.refused))} ${ofPart("devices", of.devices)}
      ${ofPart("destinations", of.destinations)}
      ${of.people ? html`<li>${t("system.plan_people", { new: format.number(of.people.new), known: format.number(of.people.known) })}</li>` : nothing}
      ${isNothing(of) ? html`<li>${t("system.plan_nothing")}</li>` : nothing}
    </ul>`;
  const isNothing = ({ settings, devices, destinations, people }) =>
    !settings.changed.length &&
    [devices, destinations].every((each) => !each.added.length && !each.changed.length) &&
    !people;

  const from = () =>
    html`${fileField({ id: "restore-file", label: t("system.choose_file"), hint: t("system.choose_file_hint"), accept: ".zip", onfiles: upload })}
    ${given ? html`<p class="small">${t("system.given_file", { name: given.name, size: format.bytes(given.size_bytes) })}</p>` : nothing}
    ${
      backups().length
        ? select({
            id: "restore-source",
            label: t("system.or_from_here"),
            value: source || NONE,
            options: [
              { value: NONE, label: t("system.none_of_these") },
              ...backups().map((each) => ({ value: each.name, label: format.moment(each.made_ms) })),
            ],
            onchange: (value) => {
              source = value === NONE ? "" : value;
              changed();
            },
          })
        : nothing
    }`;

  const parts = () =>
    html`<fieldset class="parts">
      <legend class="label">${t("system.what_back")}</legend>
      ${PARTS.map((part) =>
        check({
          id: `restore-${part}`,
          label: t(`system.part_${part}`),
          value: chosen.has(part),
          onchange: (value) => {
            chosen[value ? "add" : "delete"](part);
            changed();
          },
        }),
      )}
    </fieldset>`;

  const isReady = () => Boolean(source || given) && chosen.size > 0;
  return {
    view: () =>
      html`<section class="card">
        <h2>${t("system.restore")}</h2>
        <p class="soft">${t("system.restore_hint")}</p>
        <fieldset class="stack" ?disabled=${job !== null}>
          ${from()} ${parts()}
          ${field({
            id: "restore-passphrase",
            label: t("system.passphrase_of_it"),
            type: "password",
            value: passphrase,
            hint: t("system.passphrase_of_it_hint"),
            oninput: (value) => {
              passphrase = value;
              changed();
            },
          })}
        </fieldset>
        ${job ? jobProgress(page, job, label) : nothing} ${problem ? problemOf() : nothing}
        ${
          plan
            ? notice(
                "info",
                html`<p>${t("system.plan", { at: format.moment(plan.made_ms), version: plan.version })}</p>
                  ${plannedLines(plan)}`,
              )
            : nothing
        }
        ${
          done
            ? notice(
                "good",
                html`<p>${t("system.restored")}</p>
                  ${plannedLines(done)}`,
              )
            : nothing
        }
        <div class="row">
          ${button({ label: t("system.look_through"), icon: "search", isDisabled: !isReady() || job !== null, onclick: () => run(wish(), true) })}
          ${button({ label: t("system.restore"), kind: "primary", isDisabled: !plan || job !== null, onclick: restore })}
        </div>
      </section>`,
  };

  function problemOf() {
    return problem.text
      ? notice(
          "bad",
          html`<p>${problem.text}</p>
            <details>
              <summary>${t("page.details")}</summary>
              <p>${problem.message}</p>
            </details>`,
        )
      : problemNotice(page, problem);
  }
}
