/** Everybody in one file, for another box: made as a job, fetched, and removed. Only an admin may. */
import { html, nothing } from "../../../page/html.js";
import { button, check, linkButton } from "../../../page/parts/controls.js";
import { followJob, jobProgress } from "../../../page/parts/jobs.js";
import { problemNotice } from "../../../page/parts/notice.js";

export function exportCard(page) {
  let files = [],
    job = null,
    problem = null,
    hasPhotos = true;

  const pathOf = (name) => `/exports/${encodeURIComponent(name)}`;
  async function read() {
    if (!page.me.may_administer) return;
    files = (await page.api.get("/exports")).exports;
    page.draw();
  }
  async function guarded(act) {
    try {
      problem = null;
      await act();
    } catch (error) {
      if (error.name === "AbortError") return;
      problem = error;
      job = null;
      page.draw();
    }
  }
  const make = () =>
    guarded(async () => {
      if (job) return;
      job = { state: "queued", progress: null };
      page.draw();
      const begun = await page.api.post("/people/export", { photos: hasPhotos });
      const ended = await followJob(page, begun, (now) => {
        job = now;
        page.draw();
      });
      job = null;
      if (ended.state === "failed") throw Object.assign(new Error(ended.problem), { code: "UNEXPECTED" });
      await read();
    });
  const remove = (name) =>
    guarded(async () => {
      await page.api.delete(pathOf(name));
      await read();
    });

  return {
    read,
    view: () => (page.me.may_administer ? html`<section class="card">${inside()}</section>` : nothing),
  };

  function inside() {
    return html`<h2>${page.t("people_import.export")}</h2>
      <p class="soft">${page.t("people_import.export_lead")}</p>
      ${problem ? problemNotice(page, problem) : nothing}
      ${job ? jobProgress(page, job, page.t("people_import.exporting")) : asking()} ${files.map(one)}`;
  }

  function asking() {
    return html`${check({
        id: "export-photos",
        label: page.t("people_import.export_photos"),
        value: hasPhotos,
        onchange: (isOn) => {
          hasPhotos = isOn;
          page.draw();
        },
      })}
      <div class="row">
        ${button({ label: page.t("people_import.export_make"), icon: "download", onclick: make })}
      </div>`;
  }

  function one({ name, size_bytes, removed_at_s }) {
    return html`<div class="row import-file">
      <span class="grow wrap"
        >${name}
        <span class="soft small"
          >${page.format.bytes(size_bytes)} ·
          ${page.t("people_import.export_until", { at: page.format.moment(removed_at_s * 1000) })}</span
        ></span
      >
      ${linkButton({ label: page.t("people_import.fetch"), icon: "download", href: page.api.url(pathOf(name)), download: name })}
      ${button({
        label: page.t("people_import.drop", { name }),
        kind: "quiet",
        icon: "trash",
        isSquare: true,
        onclick: () => remove(name),
      })}
    </div>`;
  }
}
