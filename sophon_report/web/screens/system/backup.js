/** Backups: made, fetched, removed; and one put back, looked through before anything changes. */
import { html, nothing } from "../../page/html.js";
import { button, check, field, linkButton } from "../../page/parts/controls.js";
import { followJob, jobProgress } from "../../page/parts/jobs.js";
import { notice, problemNotice } from "../../page/parts/notice.js";
import { badge, empty } from "../../page/parts/pieces.js";
import { PARTS, restoreCard } from "./restore.js";

const SHORTEST = 8;

export async function open(page, { waits }) {
  const { t, format } = page;
  const chosen = new Set(PARTS);
  let told = await page.api.get("/backups", { signal: page.signal }),
    passphrase = "",
    job = null,
    problem = null;

  const reload = async () => {
    told = await page.api.get("/backups", { signal: page.signal });
    page.draw();
  };
  const restore = restoreCard(page, { backups: () => told.backups, waits });

  async function make(event) {
    event.preventDefault();
    if (job) return;
    [problem, job] = [null, { state: "queued", progress: null }];
    page.draw();
    try {
      const begun = await page.api.post("/backups", { parts: [...chosen], passphrase });
      const ended = await followJob(page, begun, (now) => {
        job = now;
        page.draw();
      });
      if (ended.state === "done") page.say("good", t("system.backup_made"));
      if (ended.state === "failed") problem = new Error(ended.problem);
      passphrase = "";
      await reload();
    } catch (error) {
      if (error.name === "AbortError") return;
      problem = error;
    }
    job = null;
    page.draw();
  }

  async function remove(backup) {
    const title = t("system.remove_backup");
    if (!(await page.confirm({ title, body: t("system.remove_backup_body"), action: t("page.delete") }))) return;
    try {
      await page.api.delete(`/backups/${encodeURIComponent(backup.name)}`);
      await reload();
    } catch (error) {
      problem = error;
      page.draw();
    }
  }

  const short = () => passphrase !== "" && passphrase.length < SHORTEST;
  const makeCard = () =>
    html`<form class="card" @submit=${make}>
      <h2>${t("system.make_backup")}</h2>
      <p class="soft">${t("system.make_backup_hint")}</p>
      <fieldset class="parts">
        <legend class="label">${t("system.what_in_backup")}</legend>
        ${PARTS.map((part) =>
          check({
            id: `backup-${part}`,
            label: t(`system.part_${part}`),
            hint: t(`system.part_${part}_hint`),
            value: chosen.has(part),
            onchange: (value) => {
              chosen[value ? "add" : "delete"](part);
              page.draw();
            },
          }),
        )}
      </fieldset>
      ${field({
        id: "backup-passphrase",
        label: t("system.passphrase"),
        type: "password",
        autocomplete: "new-password",
        value: passphrase,
        hint: t("system.passphrase_hint"),
        wrong: short() || problem?.of?.("passphrase") ? t("system.passphrase_short", { least: SHORTEST }) : "",
        oninput: (value) => {
          passphrase = value;
          page.draw();
        },
      })}
      ${job ? jobProgress(page, job, t("system.making_backup")) : nothing}
      ${problem ? problemNotice(page, problem) : nothing}
      <div class="row">
        ${button({ label: t("system.make_backup"), kind: "primary", type: "submit", icon: "download", isBusy: job !== null, isDisabled: !chosen.size || short() })}
      </div>
    </form>`;

  const counts = (parts) =>
    PARTS.filter((part) => part in parts)
      .map((part) => t("system.part_count", { part: t(`system.part_${part}`), count: format.number(parts[part]) }))
      .join(" · ");
  const one = (backup) =>
    html`<li class="piece">
      <div class="stack tight">
        <h3>${format.moment(backup.made_ms)}</h3>
        <p class="soft small">${counts(backup.parts)} · ${format.bytes(backup.size_bytes)}</p>
        <div class="row">
          ${backup.secrets ? badge("good", t("system.with_secrets")) : badge("off", t("system.without_secrets"))}
        </div>
      </div>
      <div class="row">
        ${linkButton({ label: t("system.fetch"), href: page.api.url(`/backups/${encodeURIComponent(backup.name)}`), icon: "download", download: backup.name })}
        ${button({ label: t("page.delete"), kind: "danger quiet", icon: "trash", onclick: () => remove(backup) })}
      </div>
    </li>`;

  return {
    view: () =>
      html`<div class="stack">
        <div class="columns">${makeCard()} ${restore.view()}</div>
        <h2>${t("system.backups_here")}</h2>
        ${notice("info", html`<p>${t("system.backups_hint", { count: told.kept })}</p>`)}
        ${
          told.backups.length
            ? html`<ul class="card flush">
                ${told.backups.map(one)}
              </ul>`
            : empty({ icon: "file", title: t("system.no_backups"), body: t("system.no_backups_hint") })
        }
      </div>`,
  };
}
