/** Visits with the face of a picture, the most alike first. The picture is chosen, dropped or pasted. */
import { html, nothing } from "../../page/html.js";
import { button } from "../../page/parts/controls.js";
import { fileField } from "../../page/parts/files.js";
import { notice, problemNotice } from "../../page/parts/notice.js";
import { empty, picture } from "../../page/parts/pieces.js";
import { asked, placeOf, timeOf } from "./range.js";
import { query } from "../../page/api.js";
import { visitRow } from "./visits.js";

/**
 * @param {object} page
 * @param {() => object} wanted
 */
export function pictureSearch(page, wanted) {
  let isOpen = false,
    isBusy = false,
    file = null,
    src = "",
    found = null,
    problem = null,
    turn = 0;

  const forget = () => {
    turn += 1;
    isBusy = false;
    if (src) URL.revokeObjectURL(src);
    [file, src, found, problem] = [null, "", null, null];
  };
  async function look(files) {
    const chosen = files.find((each) => each.type.startsWith("image/"));
    if (!chosen) return;
    forget();
    [file, src] = [chosen, URL.createObjectURL(chosen)];
    await ask();
  }
  async function ask() {
    if (!file) return;
    const mine = ++turn;
    [isBusy, problem] = [true, null];
    page.draw();
    const path = `/events/search-by-picture${query({ ...asked(wanted()), ...timeOf(wanted(), Date.now()) })}`;
    try {
      const answer = await page.api.post(path, file, { type: file.type, signal: page.signal });
      if (mine !== turn) return;
      found = answer;
    } catch (error) {
      if (error.name === "AbortError" || mine !== turn) return;
      [found, problem] = [null, error];
    }
    isBusy = false;
    page.draw();
  }
  document.addEventListener(
    "paste",
    (event) => {
      if (
        !isOpen ||
        event.defaultPrevented ||
        event.target.closest?.(".drop") ||
        !event.clipboardData?.files.length
      )
        return;
      event.preventDefault();
      look([...event.clipboardData.files]);
    },
    { signal: page.signal },
  );

  const results = () =>
    found.events.length
      ? html` <p role="status">${page.t("history.found", { count: page.format.number(found.events.length) })}</p>
          <ul class="list found" aria-label=${page.t("history.found_list")}>
            ${found.events.map(
              ({ event, likeness_pct }) =>
                html`<li class="visit-item">
                  ${visitRow(
                    page,
                    event,
                    placeOf(wanted(), event.event_id),
                    html`<span class="badge busy"
                      >${page.t("history.likeness", { likeness: page.format.number(likeness_pct, 1) })}</span
                    >`,
                  )}
                </li>`,
            )}
          </ul>`
      : empty({ icon: "search", title: page.t("history.found_none"), body: page.t("history.found_none_body") });

  return {
    isOpen: () => isOpen,
    toggle() {
      isOpen = !isOpen;
      if (!isOpen) forget();
      page.draw();
    },
    /** Filters have changed: ask again. */
    again: () => (isOpen ? ask() : undefined),
    close: forget,
    view: () =>
      html` <section class="card" aria-label=${page.t("history.by_picture")}>
        <div class="head">
          <h2>${page.t("history.by_picture")}</h2>
          ${button({ label: page.t("page.close"), icon: "close", kind: "quiet", onclick: () => closed() })}
        </div>
        <div class="row">
          ${src ? picture({ src, alt: page.t("history.asked_picture"), kind: "large", isWhole: true }) : nothing}
          <div class="grow">
            ${fileField({ id: "search-picture", label: page.t("history.choose_picture"), hint: page.t("history.choose_hint"), accept: "image/*", onfiles: look })}
          </div>
        </div>
        ${isBusy ? html`<p class="soft" role="status">${page.t("history.looking")}</p>` : nothing}
        ${problem ? problemNotice(page, problem, ask) : nothing} ${found && !isBusy ? results() : nothing}
        ${found?.more ? notice("info", page.t("history.found_more", { from: page.format.moment(found.scanned_from_ms) })) : nothing}
      </section>`,
  };

  function closed() {
    isOpen = false;
    forget();
    page.draw();
  }
}
