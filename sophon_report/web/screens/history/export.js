/** Visits into a file: which form, how far it is, leaving it off; and the files that can be fetched. */
import { html, nothing } from "../../page/html.js";
import { button, check, choices, linkButton } from "../../page/parts/controls.js";
import { followJob, isOver, jobProgress } from "../../page/parts/jobs.js";
import { notice, problemNotice } from "../../page/parts/notice.js";
import { questionOf, timeOf } from "./range.js";

const KIND = "events_export";
/** Until the box has taken it: a second click begins no second one. */
const BEGINNING = { state: "queued", progress: null };

/** Show the dialog until it is closed; a file that is being written goes on being written. */
export async function showExport(page, wanted, total) {
  const state = { form: "csv", pictures: { face: true, scene: false }, job: null, files: [], problem: null };

  const guarded = async (act) => {
    state.problem = null;
    try {
      await act();
    } catch (error) {
      if (error.name === "AbortError") return;
      if (state.job === BEGINNING) state.job = null;
      state.problem = error;
    }
    page.draw();
  };
  const list = async () => {
    state.files = (await page.api.get("/events/exports", { signal: page.signal })).exports;
    page.draw();
  };
  const follow = async (job) => {
    await followJob(page, job, (now) => {
      state.job = now;
      page.draw();
    });
    await list();
  };
  const begin = () =>
    guarded(async () => {
      if (state.job && !isOver(state.job)) return;
      state.job = BEGINNING;
      const path = `/events/export${questionOf(wanted, timeOf(wanted, Date.now()))}`;
      const pictures = Object.keys(state.pictures).filter((which) => state.pictures[which]);
      const asked = {
        format: state.form,
        pictures: state.form === "zip" ? pictures : [],
        language: page.language,
        utc_offset_min: -new Date().getTimezoneOffset(),
      };
      await follow(await page.api.post(path, asked));
    });
  const remove = (file) =>
    guarded(async () => {
      await page.api.delete(`/events/exports/${encodeURIComponent(file.name)}`);
      await list();
    });
  guarded(async () => {
    await list();
    const { jobs } = await page.api.get("/jobs", { signal: page.signal });
    const under_way = jobs.find((job) => job.kind === KIND && !isOver(job));
    if (under_way) await follow(under_way);
  });

  await page.dialog({
    title: page.t("history.export"),
    view: () =>
      html` <div class="stack">
        ${page.me.may_write ? form(page, state, total) : notice("info", page.t("page.read_only"))}
        ${state.problem ? problemNotice(page, state.problem) : nothing}
        ${state.job ? progress(page, state.job) : nothing}
        ${state.files.length ? files(page, state.files, remove) : nothing}
      </div>`,
    foot: (done) =>
      html`${button({ label: page.t("page.close"), onclick: () => done() })}
      ${page.me.may_write ? button({ label: page.t("history.export_begin"), kind: "primary", icon: "download", isBusy: Boolean(state.job && !isOver(state.job)), onclick: begin }) : nothing}`,
  });
}

const form = (page, state, total) =>
  html` <p>
      ${total === null ? page.t("history.export_lead_all") : page.t("history.export_lead", { count: page.format.number(total) })}
    </p>
    ${choices({
      id: "export-form",
      label: page.t("history.export_form"),
      value: state.form,
      options: [
        { value: "csv", label: page.t("history.export_csv"), hint: page.t("history.export_csv_hint") },
        { value: "zip", label: page.t("history.export_zip"), hint: page.t("history.export_zip_hint") },
      ],
      onchange: (value) => {
        state.form = value;
        page.draw();
      },
    })}
    ${
      state.form === "zip"
        ? ["face", "scene"].map((which) =>
            check({
              id: `export-${which}`,
              label: page.t(`history.picture_${which}`),
              value: state.pictures[which],
              onchange: (value) => {
                state.pictures[which] = value;
                page.draw();
              },
            }),
          )
        : nothing
    }`;

const progress = (page, job) => {
  if (!isOver(job)) return jobProgress(page, job, page.t("history.export_running"));
  if (job.state === "failed")
    return notice(
      "bad",
      html`<p>${page.t("history.export_failed")}</p>
        <p class="small">${job.problem}</p>`,
    );
  if (job.state === "cancelled") return notice("info", page.t("history.export_cancelled"));
  return notice(
    job.result.cut ? "warn" : "good",
    page.t(job.result.cut ? "history.export_cut" : "history.export_done", {
      count: page.format.number(job.result.events),
    }),
    linkButton({
      label: page.t("history.fetch"),
      href: href(page, job.result.file),
      download: job.result.file,
      icon: "download",
      kind: "primary",
    }),
  );
};

const href = (page, name) => page.api.url(`/events/exports/${encodeURIComponent(name)}`);

const files = (page, all, remove) =>
  html` <section class="stack tight" aria-labelledby="export-files">
    <h3 id="export-files">${page.t("history.export_files")}</h3>
    <ul class="list">
      ${all.map(
        (file) =>
          html`<li class="row visit-item">
            <span class="grow"
              ><a href=${href(page, file.name)} download=${file.name}>${file.name}</a
              ><span class="soft small">
                ${page.format.bytes(file.size_bytes)} ·
                ${page.t("history.export_kept", { at: page.format.moment(file.removed_at_s * 1000) })}</span
              ></span
            >
            ${page.me.may_write ? button({ label: page.t("history.export_remove", { name: file.name }), icon: "trash", isSquare: true, kind: "quiet", onclick: () => remove(file) }) : nothing}
          </li>`,
      )}
    </ul>
  </section>`;
