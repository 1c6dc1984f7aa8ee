/** "This is …": a stranger becomes a new person, or one more face of somebody who is registered. */
import { query } from "../../../page/api.js";
import { html, nothing, repeat } from "../../../page/html.js";
import { button, choices, field, searchField } from "../../../page/parts/controls.js";
import { problemNotice } from "../../../page/parts/notice.js";
import { readGroups } from "../../../page/parts/people.js";
import { picture } from "../../../page/parts/pieces.js";
import { groupFields, kindField } from "../kinds.js";

const MOST_FOUND = 20;

/**
 * @param {object} page of the screen
 * @param {{stranger_id: string}} stranger
 * @param {string} photo its address
 * @returns {Promise<{identity_id: string, identity_name: string}|undefined>} who it is; nothing when it was closed
 */
export async function askWho(page, stranger, photo) {
  const groups = await readGroups(page);
  const form = {
    how: "new",
    identity_id: "",
    name: "",
    user_type: "employee",
    groups: new Set(),
    q: "",
    chosen: "",
  };
  const state = { found: [], problem: null, isBusy: false, asked: 0 };
  const path = `/strangers/${encodeURIComponent(stranger.stranger_id)}`;
  const set = (changes) => {
    Object.assign(form, changes);
    page.draw();
  };

  async function search(q) {
    set({ q });
    const asked = ++state.asked;
    try {
      const found = await page.api.get(`/people${query({ q, limit: MOST_FOUND, sort: "name" })}`, {
        signal: page.signal,
      });
      if (asked === state.asked) state.found = found.people;
    } catch (problem) {
      if (problem.name === "AbortError") return;
      state.problem = problem;
    }
    page.draw();
  }
  search("");

  const isReady = () => (form.how === "new" ? form.identity_id.trim() && form.name.trim() : form.chosen);
  async function go(done) {
    if (state.isBusy || !isReady()) return;
    Object.assign(state, { isBusy: true, problem: null });
    page.draw();
    try {
      const asNew = {
        identity_id: form.identity_id.trim(),
        name: form.name.trim(),
        user_type: form.user_type,
        permission_ids: [...form.groups],
      };
      done(
        form.how === "new"
          ? await page.api.post(`${path}/enrol`, asNew)
          : await page.api.post(`${path}/join`, { identity_id: form.chosen }),
      );
    } catch (problem) {
      state.problem = problem;
    } finally {
      state.isBusy = false;
      page.draw();
    }
  }

  return page.dialog({
    title: page.t("people_strangers.this_is"),
    view: (done) =>
      html`<form
        id="this-is"
        class="stack"
        @submit=${(event) => {
          event.preventDefault();
          go(done);
        }}
      >
        <div class="row">
          ${picture({ src: photo, alt: page.t("people_strangers.picture"), kind: "large" })}
          <p class="grow soft">${page.t("people_strangers.this_is_body")}</p>
        </div>
        ${state.problem ? problemNotice(page, state.problem) : nothing}
        ${choices({
          id: "who",
          label: page.t("people_strangers.who"),
          value: form.how,
          options: ["new", "known"].map((value) => ({
            value,
            label: page.t(`people_strangers.who_${value}`),
            hint: page.t(`people_strangers.who_hint_${value}`),
          })),
          onchange: (how) => set({ how }),
        })}
        ${form.how === "new" ? asNew() : asKnown()}
      </form>`,
    foot: (done) =>
      html`${button({ label: page.t("page.cancel"), onclick: () => done() })}
      ${button({
        label: page.t("people_strangers.this_is_go"),
        kind: "primary",
        type: "submit",
        form: "this-is",
        isBusy: state.isBusy,
        isDisabled: !isReady(),
      })}`,
  });

  function asNew() {
    return html`${field({
      id: "who-name",
      label: page.t("people_strangers.name"),
      value: form.name,
      maxlength: 256,
      oninput: (name) => set({ name }),
    })}
    ${field({
      id: "who-id",
      label: page.t("people_strangers.id"),
      value: form.identity_id,
      maxlength: 128,
      isCode: true,
      hint: page.t("people_strangers.id_hint"),
      wrong: state.problem?.code === "TAKEN" ? page.t("people_strangers.id_taken") : "",
      oninput: (identity_id) => set({ identity_id }),
    })}
    ${kindField(page, form.user_type, (user_type) => set({ user_type }))}${groupFields(page, groups, form.groups)}`;
  }

  function asKnown() {
    return html`${searchField({ id: "who-search", label: page.t("people_strangers.search"), value: form.q, oninput: search })}
      <fieldset class="field who-found">
        <legend class="unseen">${page.t("people_strangers.found")}</legend>
        ${repeat(state.found, (person) => person.identity_id, known)}
        ${state.found.length ? nothing : html`<p class="soft" role="status">${page.t("people_strangers.nobody_found")}</p>`}
      </fieldset>`;
  }

  function known(person) {
    const photo_id = person.faces[0]?.photo_id;
    return html`<label class="choice">
      <input
        type="radio"
        name="who-known"
        value=${person.identity_id}
        .checked=${form.chosen === person.identity_id}
        @change=${() => set({ chosen: person.identity_id })}
      />
      ${picture({ src: photo_id ? page.api.url(`/photos/${encodeURIComponent(photo_id)}`) : "", alt: "", kind: "face" })}
      <span class="text"><span>${person.name}</span><span class="hint">${person.identity_id}</span></span>
    </label>`;
  }
}
