/** The events that a destination refused: why, what it answered, what they are; sent again, or given up. */
import { html, nothing } from "../../page/html.js";
import { button, linkButton } from "../../page/parts/controls.js";
import { explained, problemNotice } from "../../page/parts/notice.js";
import { badge, empty, facts, heading } from "../../page/parts/pieces.js";
import { longList } from "../../page/parts/long_list.js";
import { hashOf } from "../../page/router.js";
import { side } from "./trial.js";
import { codeOf, reasonOf } from "./words.js";

const LOOK_MS = 2000;
const ROW_HEIGHT_PX = 72;

export async function openRefused(page, name) {
  const root = `/destinations/${encodeURIComponent(name)}/dead`;
  let letters = [],
    tag = "",
    turn = 0,
    problem = null,
    isBusy = false;

  async function readAll() {
    const mine = ++turn;
    const told = await page.api.get(root, { signal: page.signal });
    // One that is late knows less than what is shown.
    if (mine === turn) [letters, tag] = [told.letters.reverse(), told.etag];
  }
  const list = longList(page, {
    label: page.t("upload.refused"),
    rowHeight_px: ROW_HEIGHT_PX,
    read: async (offset, limit) => {
      if (offset === 0) await readAll();
      return { rows: letters.slice(offset, offset + limit), total: letters.length };
    },
    row: (letter) => row(letter),
    empty: () => empty({ icon: "good", title: page.t("upload.none_refused"), body: page.t("upload.none_refused_body") }),
  });

  page.every(LOOK_MS, async () => {
    try {
      const told = await page.api.get(root, { signal: page.signal });
      problem = null;
      if (told.etag !== tag) await list.reload();
    } catch (error) {
      if (error.name === "AbortError") return;
      problem = error;
      page.draw();
    }
  });

  async function tell(action, which, said) {
    isBusy = true;
    page.draw();
    try {
      const told = await page.api.post(`${root}/${action}`, which);
      page.say("good", page.t(said, { count: page.format.number(told.resending ?? told.dropped) }));
      await list.reload();
    } catch (error) {
      if (error.name !== "AbortError") page.say("bad", explained(page, error));
    }
    isBusy = false;
    page.draw();
  }
  const resend = (which) => tell("resend", which, "upload.will_resend");

  async function drop(which, count) {
    const isAll = which.all === true;
    const isSure = await page.confirm({
      title: page.t("upload.drop_title", { count: page.format.number(count) }),
      body: page.t("upload.drop_body"),
      action: page.t("upload.drop"),
      name: isAll ? name : undefined,
    });
    if (isSure) await tell("drop", which, "upload.dropped");
    return isSure;
  }

  async function show(letter) {
    let told;
    try {
      told = await page.api.get(`${root}/${letter.seq}`, { signal: page.signal });
    } catch (error) {
      return page.say("bad", explained(page, error));
    }
    const which = { ids: [String(letter.seq)] };
    const wish = await page.dialog({
      title: page.t("upload.refused_event"),
      isWide: true,
      view: () => letterView(page, told),
      foot: page.me.may_write
        ? (done) =>
            html`${button({ label: page.t("upload.drop"), icon: "trash", kind: "danger quiet", onclick: () => done("drop") })}
            ${button({ label: page.t("upload.resend"), icon: "retry", kind: "primary", onclick: () => done("resend") })}`
        : undefined,
    });
    if (wish === "resend") await resend(which);
    if (wish === "drop") await drop(which, 1);
  }

  const row = (letter) =>
    html`<button class="upload-letter" type="button" @click=${() => show(letter)}>
      <span class="grow">
        <span class="clip">${letter.damaged ? page.t("upload.damaged") : reasonOf(page, codeOf(letter))}</span>
        <span class="soft small clip"
          >${letter.event_ms ? page.format.moment(letter.event_ms) : ""} ${letter.device_name} ${letter.event_id}</span
        >
      </span>
      ${letter.resending ? badge("busy", page.t("upload.waits")) : nothing}
    </button>`;

  const actions = () =>
    page.me.may_write && letters.length
      ? html`<div class="row">
          ${button({ label: page.t("upload.resend_all"), icon: "retry", kind: "primary", isBusy, onclick: () => resend({ all: true }) })}
          ${button({ label: page.t("upload.drop_all"), icon: "trash", kind: "danger quiet", isDisabled: isBusy, onclick: () => drop({ all: true }, letters.length) })}
        </div>`
      : nothing;

  list.reload();
  return {
    view: () =>
      html`<div class="screen">
        ${heading(page.t("upload.refused_by", { name }), page.t("upload.refused_lead"), linkButton({ label: page.t("page.back"), icon: "left", kind: "quiet", href: hashOf(["upload"]) }))}
        ${problem ? problemNotice(page, problem) : nothing} ${actions()}
        <div class="card flush">${list.view()}</div>
      </div>`,
    close() {},
  };
}

function letterView(page, { letter, request }) {
  const { t, format } = page;
  const size = request.body_bytes ? t("upload.size", { bytes: format.number(request.body_bytes) }) : "";
  const short = request.shortened ? t("upload.shortened", { count: request.shortened }) : "";
  return html`<div class="stack">
    <p>${reasonOf(page, codeOf(letter))}</p>
    ${facts([
      [t("upload.reason"), letter.reason],
      [t("upload.event"), letter.event_id],
      [t("upload.camera"), letter.device_name],
      [t("upload.set_aside"), format.moment(letter.set_aside_ms)],
      [t("upload.attempts"), format.number(letter.attempts)],
    ])}
    <div class="columns">
      ${side(t("upload.body"), request.body || request.problem, [size, short].filter(Boolean).join(" "))}
      ${side(t("upload.answer"), letter.answer || t("upload.no_answer"))}
    </div>
  </div>`;
}
