/** Filed strangers, who was seen last first: each with a picture; "this is …" makes one a person, or a known one's face. */
import { query } from "../../page/api.js";
import { html, nothing } from "../../page/html.js";
import { button } from "../../page/parts/controls.js";
import { longList } from "../../page/parts/long_list.js";
import { notice, problemNotice } from "../../page/parts/notice.js";
import { empty, picture } from "../../page/parts/pieces.js";
import { askWho } from "./strangers/this_is.js";

export const areas = ["people_strangers"];

const TYPED_DIGITS = 4;

export async function open(page) {
  await page.style("screens/people_strangers.css");
  let isOn = true,
    problem = null;

  const list = longList(page, {
    label: page.t("people_strangers.title"),
    rowHeight_px: 72,
    read: async (offset, limit, signal) => {
      const found = await page.api.get(`/strangers${query({ offset, limit, newest: true })}`, { signal });
      isOn = found.enabled;
      return { rows: found.strangers, total: found.total };
    },
    row,
    empty: nobody,
  });

  const photoOf = (stranger) => page.api.url(`/photos/${encodeURIComponent(stranger.photo_id)}`);
  const guarded = async (act) => {
    try {
      problem = null;
      await act();
    } catch (error) {
      if (error.name === "AbortError") return;
      problem = error;
      page.draw();
    }
  };

  const name = (stranger) =>
    guarded(async () => {
      const person = await askWho(page, stranger, photoOf(stranger));
      if (!person) return;
      page.say("good", page.t("people_strangers.is_known", { name: person.identity_name }));
      await list.reload();
    });

  const remove = (stranger) =>
    guarded(async () => {
      const isSure = await page.confirm({
        title: page.t("people_strangers.remove_title"),
        body: html`<div class="row">
          ${picture({ src: photoOf(stranger), alt: "", kind: "large" })}
          <p class="grow">${page.t("people_strangers.remove_body")}</p>
        </div>`,
        action: page.t("people_strangers.remove"),
        name: stranger.stranger_id.slice(-TYPED_DIGITS),
      });
      if (!isSure) return;
      await page.api.delete(`/strangers/${encodeURIComponent(stranger.stranger_id)}`);
      await list.reload();
    });

  const switchOn = () =>
    guarded(async () => {
      await page.api.patch("/settings", { changes: { "strangers.enabled": true } });
      page.say("good", page.t("people_strangers.on_now"));
      await list.reload();
    });

  await list.reload();
  return {
    view: () =>
      html`<div class="stack">
        <p class="soft">${page.t("people_strangers.lead")}</p>
        ${problem ? problemNotice(page, problem) : nothing}
        ${!isOn && list.total() ? notice("warn", page.t("people_strangers.off_body"), switchButton()) : nothing}
        <section class="card flush">${list.view()}</section>
      </div>`,
    close() {},
  };

  function switchButton() {
    return page.me.may_administer
      ? button({ label: page.t("people_strangers.switch_on"), onclick: switchOn })
      : nothing;
  }

  function nobody() {
    if (isOn)
      return empty({ icon: "people", title: page.t("people_strangers.none"), body: page.t("people_strangers.none_body") });
    return empty({
      icon: "off",
      title: page.t("people_strangers.off"),
      body: page.t("people_strangers.off_body"),
      action: switchButton(),
    });
  }

  function row(stranger) {
    const seen = page.t("people_strangers.seen", {
      last: page.format.since(stranger.last_ms),
      count: stranger.visits,
    });
    return html`${picture({ src: photoOf(stranger), alt: page.t("people_strangers.picture"), kind: "face" })}
      <span class="grow">
        <span class="clip">${seen}</span>
        <span class="soft small clip"
          >${page.t("people_strangers.first", { first: page.format.moment(stranger.first_ms), id: stranger.stranger_id })}</span
        >
      </span>
      ${page.me.may_write ? actions(stranger) : nothing}`;
  }

  function actions(stranger) {
    return html`${button({ label: page.t("people_strangers.this_is"), onclick: () => name(stranger) })}
      ${button({
        label: page.t("people_strangers.remove"),
        kind: "quiet",
        icon: "trash",
        isSquare: true,
        onclick: () => remove(stranger),
      })}`;
  }
}
