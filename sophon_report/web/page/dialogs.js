/**
 * Dialogs over the page: the browser's own `<dialog>` keeps the focus inside and gives it back, Escape closes.
 *
 * One lies over the other when a dialog asks something itself.
 */
import { html, nothing, ref, repeat } from "./html.js";
import { icon } from "./icons.js";

/** Who opens a dialog to fill something in begins there, and not at the button that closes it. */
const FIRST_FIELD =
  "input:not([type=radio]):not([type=checkbox]):enabled, input:checked:enabled, textarea:enabled";

export function makeDialogs(draw, t) {
  let open = [],
    number = 0;

  const titleOf = ({ id }) => `dialog-${id}`;
  // Told of an element before it stands in the document, where alone it can be shown.
  const shown = (element) =>
    element &&
    queueMicrotask(() => {
      if (!element.isConnected || element.open) return;
      element.showModal();
      element.querySelector(FIRST_FIELD)?.focus();
    });
  function end(dialog, result) {
    if (!open.includes(dialog)) return;
    open = open.filter((each) => each !== dialog);
    // The browser gives the focus back to where it was only when a dialog is closed before it goes.
    document.getElementById(titleOf(dialog))?.closest("dialog")?.close();
    dialog.resolve(result);
    draw();
  }

  /**
   * Show a dialog until it is closed.
   *
   * @param {{title: string, view: (done: (result?: any) => void) => any, foot?: (done: Function) => any, isWide?: boolean}} of
   * @returns {Promise<any>} what `done` was given; `undefined` when it was closed
   */
  const show = (of) =>
    new Promise((resolve) => {
      open = [...open, { ...of, id: ++number, resolve }];
      draw();
    });

  const one = (dialog) => {
    const done = (result) => end(dialog, result);
    const title = titleOf(dialog);
    return html`<dialog
      class="dialog ${dialog.isWide ? "wide" : ""}"
      aria-labelledby=${title}
      ${ref(shown)}
      @cancel=${(event) => event.target === event.currentTarget && done()}
      @close=${(event) => event.target === event.currentTarget && done()}
    >
      <div class="body">
        <div class="row">
          <h2 class="grow" id=${title}>${dialog.title}</h2>
          <button class="button quiet square" type="button" aria-label=${t("page.close")} @click=${() => done()}>
            ${icon("close")}
          </button>
        </div>
        ${dialog.view(done)}
      </div>
      ${dialog.foot ? html`<div class="foot">${dialog.foot(done)}</div>` : nothing}
    </dialog>`;
  };

  /**
   * Ask before something is done that cannot be taken back.
   *
   * @param {{title: string, body: any, action: string, name?: string, isHarmless?: boolean}} of `body`: what will
   *   happen, a function when it changes while the dialog is open; `action`: the word on the button; `name`: what has to be typed first
   * @returns {Promise<boolean>}
   */
  async function confirm({ title, body, action, name, isHarmless }) {
    let typed = "";
    const isReady = () => name === undefined || typed.trim() === name.trim();
    const answer = await show({
      title,
      view: (done) =>
        html`<div class="stack">
          ${typeof body === "string" ? html`<p>${body}</p>` : typeof body === "function" ? body() : body}
          ${
            name === undefined
              ? nothing
              : html`<form
                  class="field"
                  @submit=${(event) => {
                    event.preventDefault();
                    if (isReady()) done(true);
                  }}
                >
                  <label for="confirm-name">${t("page.type_name", { name })}</label>
                  <input
                    class="input"
                    id="confirm-name"
                    autocomplete="off"
                    autocapitalize="off"
                    spellcheck="false"
                    @input=${(event) => {
                      typed = event.target.value;
                      draw();
                    }}
                  />
                </form>`
          }
        </div>`,
      foot: (done) =>
        html`<button class="button" type="button" @click=${() => done(false)}>${t("page.cancel")}</button>
          <button
            class="button primary ${isHarmless ? "" : "danger"}"
            type="button"
            ?disabled=${!isReady()}
            @click=${() => done(true)}
          >
            ${action}
          </button>`,
    });
    return answer === true;
  }

  /** Close all of them, as nobody had decided anything. */
  const closeAll = () => open.forEach((dialog) => end(dialog));

  return {
    open: show,
    confirm,
    closeAll,
    areOpen: () => open.length > 0,
    view: () => repeat(open, ({ id }) => id, one),
  };
}
