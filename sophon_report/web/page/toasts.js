/** Short messages at the edge: said to a screen reader, gone by themselves when they are good news. */
import { html, repeat } from "./html.js";
import { icon } from "./icons.js";

const MAX_SHOWN = 4;
const GONE_AFTER_MS = 6000;

export function makeToasts(draw, t) {
  let shown = [],
    number = 0;
  const drop = (id) => {
    shown = shown.filter((each) => each.id !== id);
    draw();
  };
  return {
    /** Say `text`; `kind` is good, warn or bad. What is bad stays until it is closed. */
    say(kind, text) {
      const id = ++number;
      shown = [...shown, { id, kind, text }].slice(-MAX_SHOWN);
      if (kind === "good") setTimeout(() => drop(id), GONE_AFTER_MS);
      draw();
    },
    view: () =>
      html`<div class="toasts" role="status" aria-live="polite">
        ${repeat(
          shown,
          ({ id }) => id,
          ({ id, kind, text }) =>
            html` <div class="notice ${kind}">
              ${icon(kind)}
              <p class="text">${text}</p>
              <button
                class="button quiet square"
                type="button"
                aria-label=${t("page.close")}
                @click=${() => drop(id)}
              >
                ${icon("close")}
              </button>
            </div>`,
        )}
      </div>`,
  };
}
