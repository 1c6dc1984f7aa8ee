/** A destination is added or changed: tried and looked at before it is saved. */
import { html, nothing } from "../../page/html.js";
import { button, linkButton } from "../../page/parts/controls.js";
import { isOutdated, problemNotice } from "../../page/parts/notice.js";
import { heading } from "../../page/parts/pieces.js";
import { hashOf } from "../../page/router.js";
import { draftOf, fresh, isAddress, nameOf, seedOf } from "./draft.js";
import { destinationFields } from "./fields.js";
import { bodyPreview } from "./preview.js";
import { trialView } from "./trial.js";
import { reasonOf } from "./words.js";

const LIST = hashOf(["upload"]);
const REFUSED = "ADDRESS_REFUSED";

/** @param {string} [name] of the one that is changed */
export async function openForm(page, name) {
  const isNew = name === undefined;
  let draft = fresh(),
    tag = "",
    wasSigned = false,
    cameras = [],
    files = [],
    taken = [],
    problem = null,
    lost = null,
    trial = null,
    doing = "",
    isChecked = false;

  try {
    await read();
  } catch (error) {
    lost = error;
  }

  async function read() {
    const options = { signal: page.signal };
    const [all, seen, there] = await Promise.all([
      page.api.get("/destinations", options),
      page.api.get("/devices", options),
      page.api.get("/files?kind=certificate", options),
    ]);
    [cameras, files] = [seen.devices, there.files.filter((each) => !each.is_folder).map((each) => each.name)];
    taken = all.destinations.map((each) => each.name);
    if (isNew) return;
    const told = await page.api.get(`/destinations/${encodeURIComponent(name)}`, options);
    [draft, tag, wasSigned] = [draftOf(told), told.etag, told.signing_secrets.length > 0];
  }

  /** What is saved now, instead of what was filled in before somebody else changed it. */
  async function readAgain() {
    try {
      await read();
      set({});
    } catch (error) {
      if (error.name === "AbortError") return;
      problem = error;
    }
    page.draw();
  }

  const seed = () => seedOf(draft, isNew);
  const preview = bodyPreview(page, seed);

  function set(changes) {
    draft = { ...draft, ...changes };
    [trial, problem] = [null, null];
    preview.forget();
  }

  /** What is wrong with a field, by the page's own look at it and by what the box said. */
  function wrong(field) {
    if (field === "url" && problem?.code === REFUSED) return reasonOf(page, "address_refused");
    if (isChecked && field === "url" && !isAddress(draft.url)) return page.t("upload.wrong_url");
    if (isNew && isChecked && field === "name" && taken.includes(nameOf(draft)))
      return page.t("upload.wrong_name_taken");
    const said = problem?.of?.(field) ?? "";
    return said && page.has(`upload.wrong_${field}`) ? page.t(`upload.wrong_${field}`) : said;
  }

  /** Do `work` with what is written, if it can be used; at a wrong field the reader is brought there. */
  async function tried(what, work) {
    [isChecked, problem, trial] = [true, null, null];
    if (!isAddress(draft.url) || (what === "save" && wrong("name"))) return showWrong();
    doing = what;
    page.draw();
    try {
      await work();
    } catch (error) {
      if (error.name === "AbortError") return;
      problem = error;
      showWrong();
    }
    doing = "";
    page.draw();
  }
  const showWrong = () => {
    page.draw();
    requestAnimationFrame(() => document.querySelector("#main [aria-invalid=true]")?.focus());
  };

  const save = (event) => {
    event.preventDefault();
    return tried("save", async () => {
      if (isNew) await page.api.post("/destinations", seed());
      else await page.api.put(`/destinations/${encodeURIComponent(name)}`, seed(), { ifMatch: tag });
      page.say("good", page.t("page.saved"));
      page.go(LIST);
    });
  };
  const test = () =>
    tried("test", async () => {
      const tested = draft;
      const told = await page.api.post("/destinations/test", seed(), { signal: page.signal });
      if (tested === draft) trial = told;
    });

  const title = () => (isNew ? page.t("upload.add") : page.t("upload.edit", { name }));
  const form = () =>
    html`<form class="stack" novalidate @submit=${save}>
        <fieldset class="stack" ?disabled=${!page.me.may_write}>
          ${destinationFields(page, { draft, isNew, wasSigned, wrong, set, cameras, files })}
        </fieldset>
        ${problem ? problemNotice(page, problem, isOutdated(problem) ? readAgain : undefined) : nothing}
        <div class="row">
          ${button({ label: page.t("page.save"), kind: "primary", type: "submit", isBusy: doing === "save", isDisabled: !page.me.may_write || doing !== "" })}
          ${button({ label: page.t("upload.test"), icon: "upload", isBusy: doing === "test", isDisabled: !page.me.may_write || doing === "save", onclick: test })}
          ${linkButton({ label: page.t("page.cancel"), kind: "quiet", href: LIST })}
        </div>
        <p class="soft small">${page.t("upload.test_hint")}</p>
        <div aria-live="polite">
          ${trial ? html`<section class="card" aria-label=${page.t("upload.test")}>${trialView(page, trial)}</section>` : nothing}
        </div>
      </form>
      ${preview.view()}`;

  return {
    view: () =>
      html`<div class="screen">
        ${heading(title(), isNew ? page.t("upload.add_lead") : "", linkButton({ label: page.t("page.back"), icon: "left", kind: "quiet", href: LIST }))}
        ${page.me.may_write ? nothing : html`<p class="soft">${page.t("page.read_only")}</p>`}
        ${lost ? problemNotice(page, lost) : form()}
      </div>`,
    close() {},
  };
}
