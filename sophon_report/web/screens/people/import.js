/** Many people at once: a file given to the box and imported, what became of each row, and everybody in one file. */
import { html, nothing } from "../../page/html.js";
import { button, check, select } from "../../page/parts/controls.js";
import { fileField } from "../../page/parts/files.js";
import { followJob, jobProgress } from "../../page/parts/jobs.js";
import { notice, problemNotice } from "../../page/parts/notice.js";
import { kindOptions, readGroups } from "../../page/parts/people.js";
import { exportCard } from "./import/exporting.js";
import { pastImports } from "./import/past.js";
import { importResult } from "./import/result.js";
import { giveFile } from "./import/upload.js";
import { groupFields } from "./kinds.js";

export const areas = [`people_import`];

const ACCEPT = ".zip,.csv,.xlsx,.tar";
const TAKEN = /\.(zip|csv|xlsx|tar)$/i;
const JOB = `people_import`;
/** What is shown until the box has answered: one file is not begun twice. */
const ASKED = { state: "queued", progress: null };

export async function open(page) {
  await page.style("screens/people_import.css");
  const groups = await readGroups(page);
  const wish = { user_type: "employee", permissions: new Set(), replace: false };
  const state = { given: null, sending: null, job: null, problem: null, files: [], max_bytes: 0, room_bytes: 0 };
  const result = importResult(page);
  const past = pastImports(page);
  const exporting = exportCard(page);

  const draw = (changes) => {
    Object.assign(state, changes);
    page.draw();
  };
  async function look() {
    const [uploads, found] = await Promise.all([page.api.get("/uploads"), page.api.get("/files?kind=people")]);
    draw({
      uploads: uploads.uploads,
      max_bytes: uploads.max_bytes,
      room_bytes: uploads.room_bytes,
      files: found.files,
    });
  }
  const guarded = async (act) => {
    try {
      draw({ problem: null, wrong: "" });
      await act();
    } catch (problem) {
      if (problem.name !== "AbortError") draw({ problem });
    }
  };

  const give = (file) =>
    guarded(async () => {
      if (!TAKEN.test(file.name)) return draw({ wrong: page.t("people_import.wrong_file", { name: file.name }) });
      if (file.size > state.max_bytes) return draw({ problem: tooLarge(file) });
      const leaving = new AbortController();
      page.signal.addEventListener("abort", () => leaving.abort(), { once: true });
      draw({ sending: { name: file.name, sent: 0, size: file.size, leaving }, given: null });
      try {
        const sent = (bytes) => draw({ sending: { ...state.sending, sent: bytes } });
        draw({ given: await giveFile(page, file, sent, leaving.signal) });
      } finally {
        draw({ sending: null });
        await look();
      }
    });
  const tooLarge = (file) => ({
    code: "PAYLOAD_TOO_LARGE",
    message: `${file.name}: ${page.format.bytes(file.size)} > ${page.format.bytes(state.max_bytes)}`,
  });

  const begin = (file, isAgain) =>
    guarded(async () => {
      if (state.job) return;
      draw({ job: ASKED });
      await follow(await begun(file, isAgain));
    });
  async function begun(file, isAgain) {
    const body = { file, user_type: wish.user_type, permissions: [...wish.permissions], replace: wish.replace };
    try {
      return await page.api.post("/people/import", { ...body, resume: isAgain });
    } catch (problem) {
      draw({ job: null });
      throw problem;
    }
  }
  async function follow(job) {
    result.clear();
    const ended = await followJob(page, job, (now) => draw({ job: now }));
    draw({ job: null, given: null });
    if (ended.state === "failed") draw({ problem: { code: "UNEXPECTED", message: ended.problem } });
    if (ended.result) await result.show(ended.result, ended.state);
    await Promise.all([look(), past.read()]);
  }
  const drop = (upload_id) =>
    guarded(async () => {
      await page.api.delete(`/uploads/${encodeURIComponent(upload_id)}`);
      if (state.given?.upload_id === upload_id) draw({ given: null });
      await look();
    });

  await Promise.all([look(), past.read(), exporting.read()]);
  const running = (await page.api.get("/jobs")).jobs.find(
    (job) => job.kind === JOB && ["queued", "running"].includes(job.state),
  );
  if (running) guarded(() => follow(running));

  return {
    view: () =>
      html`<div class="stack">
        ${page.me.may_write ? nothing : notice("info", page.t("page.read_only"))}
        ${state.problem ? problemNotice(page, state.problem) : nothing}
        ${state.wrong ? notice("bad", state.wrong) : nothing} ${page.me.may_write ? taking() : nothing}
        ${result.view()} ${past.view()} ${exporting.view()}
      </div>`,
    close() {},
  };

  function taking() {
    return html`<section class="card">
      <h2>${page.t("people_import.title")}</h2>
      <p class="soft">${page.t("people_import.lead")}</p>
      ${state.job ? jobProgress(page, state.job, page.t(`people_import.step_${state.job.progress?.step || "reading"}`)) : choosing()}
    </section>`;
  }

  function choosing() {
    if (state.sending) return sending();
    return html`<details>
        <summary>${page.t("people_import.how")}</summary>
        <ul class="import-how">
          ${["zip", "sheet", "tar"].map((each) => html`<li>${page.t(`people_import.how_${each}`)}</li>`)}
        </ul>
      </details>
      ${options()}
      ${fileField({
        id: "import-file",
        label: page.t("people_import.choose"),
        accept: ACCEPT,
        hint: page.t("people_import.bounds", {
          most: page.format.bytes(state.max_bytes),
          room: page.format.bytes(state.room_bytes),
        }),
        onfiles: ([file]) => give(file),
      })}
      ${(state.uploads ?? []).map(waiting)} ${onBox()}`;
  }

  function sending() {
    const { name, sent, size, leaving } = state.sending;
    return html`<div class="progress" role="status">
      <div class="row">
        <span class="grow wrap">${page.t("people_import.sending", { name })}</span>
        <span class="soft figures">${page.format.bytes(sent)} / ${page.format.bytes(size)}</span>
        ${button({ label: page.t("page.leave_off"), onclick: () => leaving.abort() })}
      </div>
      <progress aria-label=${page.t("people_import.sending", { name })} max=${size} value=${sent}></progress>
    </div>`;
  }

  function options() {
    return html`<div class="columns">
        ${select({
          id: "import-kind",
          label: page.t("people_import.kind"),
          value: wish.user_type,
          hint: page.t("people_import.kind_hint"),
          options: kindOptions(page),
          onchange: (user_type) => {
            wish.user_type = user_type;
            page.draw();
          },
        })}
        ${groupFields(page, groups, wish.permissions, page.t("people_import.groups"))}
      </div>
      ${check({
        id: "import-replace",
        label: page.t("people_import.replace"),
        hint: page.t("people_import.replace_hint"),
        value: wish.replace,
        onchange: (isOn) => {
          wish.replace = isOn;
          page.draw();
        },
      })}`;
  }

  /** A file that has come and is not imported; one of earlier may have been broken off, and goes on. */
  function waiting(upload) {
    const isNew = upload.upload_id === state.given?.upload_id;
    return html`<div class="row import-file">
      <span class="grow wrap"
        >${upload.name} <span class="soft">${page.format.bytes(upload.size_bytes)}</span></span
      >
      ${button({
        label: page.t(isNew ? "people_import.begin" : "people_import.go_on"),
        kind: isNew ? "primary" : "",
        onclick: () => begin(upload.file, !isNew),
      })}
      ${button({
        label: page.t("people_import.drop", { name: upload.name }),
        kind: "quiet",
        icon: "trash",
        isSquare: true,
        onclick: () => drop(upload.upload_id),
      })}
    </div>`;
  }

  function onBox() {
    if (!state.files.length) return nothing;
    return html`<details>
      <summary>${page.t("people_import.on_box", { count: state.files.length })}</summary>
      ${state.files.map(
        (file) =>
          html`<div class="row import-file">
            <span class="grow wrap">${file.name}${file.is_folder ? "/" : nothing}</span>
            ${button({ label: page.t("people_import.begin"), onclick: () => begin(file.name, false) })}
          </div>`,
      )}
    </details>`;
  }
}
