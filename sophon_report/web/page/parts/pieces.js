/** Small pieces: states, tabs, figures, pictures, what is shown where nothing is. */
import { html, nothing, ref } from "../html.js";
import { icon } from "../icons.js";

const SHAPES = { good: "good", warn: "warn", bad: "bad", off: "off", busy: "retry" };

/** A state in a word, with a shape of its own beside the colour; `state`: good, warn, bad, off or busy. */
export const badge = (state, text) =>
  html`<span class="badge ${state}">${icon(SHAPES[state] ?? "info")}${text}</span>`;

/**
 * Parts of a screen, each with an address.
 *
 * @param {{label: string, current: string, tabs: {name: string, label: string, href: string, count?: number}[]}} of
 */
export const tabs = ({ label, current, tabs: all }) =>
  html` <nav class="tabs" aria-label=${label}>
    ${all.map(
      (each) =>
        html` <a
          href=${each.href}
          aria-current=${each.name === current ? "page" : nothing}
          ${each.name === current ? ref(intoSight) : nothing}
          >${each.label}${each.count ? html`<span class="count">${each.count}</span>` : nothing}</a
        >`,
    )}
  </nav>`;

/** On a phone the tabs are wider than the screen: the one that is open is brought to its middle. */
const intoSight = (tab) =>
  tab &&
  requestAnimationFrame(() => {
    const row = tab.parentElement;
    if (row) row.scrollLeft = tab.offsetLeft - row.offsetLeft - (row.clientWidth - tab.offsetWidth) / 2;
  });

/** The heading of a screen, with what may be done there. */
export const heading = (title, lead = "", actions = nothing) =>
  html` <header class="screen-head">
    <div class="lead">
      <h1 tabindex="-1">${title}</h1>
      ${lead ? html`<p>${lead}</p>` : nothing}
    </div>
    ${actions}
  </header>`;

/** What stands where there is nothing yet: why, and how it comes. */
export const empty = ({ icon: picture = "info", title, body = "", action = nothing }) =>
  html` <div class="empty">
    ${icon(picture)}
    <h2>${title}</h2>
    ${body ? html`<p>${body}</p>` : nothing}${action}
  </div>`;

/** A number that is looked at often. */
export const figure = (name, value, hint = "") =>
  html` <div class="one-figure">
    <span class="name">${name}</span
    ><span class="value">${value}</span>${hint ? html`<span class="name">${hint}</span>` : nothing}
  </div>`;

/** Name and value in pairs; a value of `nothing` or "" leaves its line out. */
export const facts = (pairs) =>
  html`<dl class="facts">
    ${pairs
      .filter(([, value]) => value !== "" && value !== nothing && value !== null && value !== undefined)
      .map(
        ([name, value]) =>
          html`<dt>${name}</dt>
            <dd>${value}</dd>`,
      )}
  </dl>`;

/**
 * A picture by its address; a sign stands there when it is gone.
 *
 * @param {{src: string, alt: string, kind?: string, isWhole?: boolean}} of `kind`: face (small) or large, else as wide as there is room
 */
export const picture = ({ src, alt, kind = "", isWhole = false }) =>
  html` <span class="picture ${kind} ${isWhole ? "whole" : ""}"
    >${
      src
        ? html`<img src=${src} alt=${alt} loading="lazy" decoding="async" @error=${gone} @load=${came} />`
        : icon("user")
    }</span
  >`;

const gone = (event) => {
  event.target.hidden = true;
};
const came = (event) => {
  event.target.hidden = false;
};

/** A text to take along, with a button that copies it. */
export const copyable = (page, text, label) =>
  html` <div class="with-unit">
    <code class="code input">${text}</code>
    <button class="button" type="button" @click=${() => copy(page, text)}>
      ${icon("copy")}${label ?? page.t("page.copy")}
    </button>
  </div>`;

/** Copy a text, or say why that cannot be. */
export async function copy(page, text) {
  try {
    await navigator.clipboard.writeText(text);
    page.say("good", page.t("page.copied"));
  } catch {
    // Browsers allow it only by TLS or on the box itself; elsewhere an older way may do.
    const isDone = copiedFromField(text);
    page.say(isDone ? "good" : "warn", page.t(isDone ? "page.copied" : "page.copy_by_hand"));
  }
}

function copiedFromField(text) {
  const field = Object.assign(document.createElement("textarea"), { value: text, className: "unseen" });
  document.body.append(field);
  field.select();
  const isDone = document.execCommand("copy");
  field.remove();
  return isDone;
}
