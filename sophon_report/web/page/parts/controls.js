/** Buttons and fields. Every control has a label, a place for a hint, and says what is wrong with its value. */
import { html, live, nothing } from "../html.js";
import { icon } from "../icons.js";

/**
 * @param {{label: string, onclick?: Function, kind?: string, icon?: string, isBusy?: boolean, isDisabled?: boolean, type?: string, isSquare?: boolean, isPressed?: boolean, title?: string, form?: string}} of
 *   `kind`: primary, quiet or danger, or several of them; a square one shows only its icon; `form`: the id of the one it
 *   submits from outside, such as from the foot of a dialog. One
 *   that is busy does nothing and keeps the focus, which a disabled one would lose
 */
export const button = ({
  label,
  onclick,
  kind = "",
  icon: picture,
  isBusy = false,
  isDisabled = false,
  type = "button",
  isSquare = false,
  isPressed,
  title,
  form,
}) =>
  html` <button
    class="button ${kind} ${isSquare ? "square" : ""}"
    type=${type}
    form=${form ?? nothing}
    ?disabled=${isDisabled || (isBusy && type === "submit")}
    aria-disabled=${isBusy ? "true" : nothing}
    aria-busy=${isBusy ? "true" : nothing}
    aria-pressed=${isPressed === undefined ? nothing : String(isPressed)}
    aria-label=${isSquare ? label : nothing}
    title=${title ?? (isSquare ? label : nothing)}
    @click=${isBusy ? nothing : (onclick ?? nothing)}
  >
    ${isBusy ? html`<span class="spin" aria-hidden="true"></span>` : picture ? icon(picture) : nothing}${isSquare ? nothing : label}
  </button>`;

/** A link that looks like a button. */
export const linkButton = ({ label, href, kind = "", icon: picture, download }) =>
  html` <a class="button ${kind}" href=${href} download=${download ?? nothing}
    >${picture ? icon(picture) : nothing}${label}</a
  >`;

const describedBy = (id, hint, wrong) =>
  [hint ? `${id}-hint` : "", wrong ? `${id}-wrong` : ""].filter(Boolean).join(" ") || nothing;
const below = (id, hint, wrong) =>
  html` ${hint ? html`<p class="hint" id="${id}-hint">${hint}</p>` : nothing}
  ${wrong ? html`<p class="wrong" id="${id}-wrong" role="alert">${icon("bad")}<span>${wrong}</span></p>` : nothing}`;

/**
 * A line of text, a number, a password, ...
 *
 * @param {{id: string, label: string, value?: any, oninput?: (value: string) => void, onchange?: Function, type?: string, hint?: any, wrong?: string, unit?: string, placeholder?: string, autocomplete?: string, isRequired?: boolean, isDisabled?: boolean, min?: number, max?: number, step?: any, maxlength?: number, isCode?: boolean, list?: string}} of
 *   `wrong`: what is wrong with the value, "" when nothing is
 */
export const field = ({
  id,
  label,
  value = "",
  oninput,
  onchange,
  type = "text",
  hint,
  wrong,
  unit,
  placeholder,
  autocomplete = "off",
  isRequired,
  isDisabled,
  min,
  max,
  step,
  maxlength,
  isCode,
  list,
}) =>
  html` <div class="field">
    <label for=${id}>${label}</label>
    <div class="with-unit">
      <input
        class="input"
        id=${id}
        type=${type}
        .value=${live(String(value ?? ""))}
        placeholder=${placeholder ?? nothing}
        autocomplete=${autocomplete}
        ?required=${isRequired}
        ?disabled=${isDisabled}
        min=${min ?? nothing}
        max=${max ?? nothing}
        step=${step ?? nothing}
        maxlength=${maxlength ?? nothing}
        list=${list ?? nothing}
        inputmode=${type === "number" ? "decimal" : nothing}
        autocapitalize=${isCode ? "off" : nothing}
        spellcheck=${isCode ? "false" : nothing}
        aria-invalid=${wrong ? "true" : nothing}
        aria-describedby=${describedBy(id, hint, wrong)}
        @input=${(event) => oninput?.(event.target.value)}
        @change=${(event) => onchange?.(event.target.value)}
      />
      ${unit ? html`<span class="soft">${unit}</span>` : nothing}
    </div>
    ${below(id, hint, wrong)}
  </div>`;

/** A text of several lines. */
export const area = ({ id, label, value = "", oninput, hint, wrong, rows = 4, placeholder, isDisabled }) =>
  html` <div class="field">
    <label for=${id}>${label}</label>
    <textarea
      class="input"
      id=${id}
      rows=${rows}
      .value=${live(value)}
      placeholder=${placeholder ?? nothing}
      ?disabled=${isDisabled}
      spellcheck="false"
      aria-invalid=${wrong ? "true" : nothing}
      aria-describedby=${describedBy(id, hint, wrong)}
      @input=${(event) => oninput?.(event.target.value)}
    ></textarea>
    ${below(id, hint, wrong)}
  </div>`;

/**
 * One of several.
 *
 * @param {{id: string, label: string, value: string, options: {value: string, label: string}[], onchange: (value: string) => void, hint?: any, wrong?: string, isDisabled?: boolean}} of
 */
export const select = ({ id, label, value, options, onchange, hint, wrong, isDisabled }) =>
  html` <div class="field">
    <label for=${id}>${label}</label>
    <select
      class="input"
      id=${id}
      .value=${live(value)}
      ?disabled=${isDisabled}
      aria-invalid=${wrong ? "true" : nothing}
      aria-describedby=${describedBy(id, hint, wrong)}
      @change=${(event) => onchange(event.target.value)}
    >
      ${options.map((each) => html`<option value=${each.value} ?selected=${each.value === value}>${each.label}</option>`)}
    </select>
    ${below(id, hint, wrong)}
  </div>`;

/** Yes or no. */
export const check = ({ id, label, value, onchange, hint, isDisabled }) =>
  html` <label class="choice" for=${id}
    ><input
      type="checkbox"
      id=${id}
      .checked=${live(Boolean(value))}
      ?disabled=${isDisabled}
      @change=${(event) => onchange(event.target.checked)}
    />
    <span class="text"
      ><span>${label}</span>${hint ? html`<span class="hint">${hint}</span>` : nothing}</span
    ></label
  >`;

/** One of a few, each with a line that explains it. */
export const choices = ({ id, label, value, options, onchange, isDisabled }) =>
  html` <fieldset class="field">
    <legend>${label}</legend>
    ${options.map(
      (each) =>
        html`<label class="choice"
          ><input
            type="radio"
            name=${id}
            value=${each.value}
            .checked=${live(each.value === value)}
            ?disabled=${isDisabled}
            @change=${() => onchange(each.value)}
          />
          <span class="text"
            ><span>${each.label}</span>${each.hint ? html`<span class="hint">${each.hint}</span>` : nothing}</span
          ></label
        >`,
    )}
  </fieldset>`;

/**
 * A field to search with; `oninput` comes when nobody has typed for a moment. What stands there while somebody types
 * stays as it is, with the blank before the next word, whatever was made of it.
 */
export function searchField({ id, label, value = "", oninput, placeholder, wait_ms = 250 }) {
  const typed = (event) => {
    const input = event.target;
    clearTimeout(input.pending);
    input.pending = setTimeout(() => input.isConnected && oninput(input.value), wait_ms);
  };
  const focused = document.activeElement;
  return html`<div class="search">
    ${icon("search")}<input
      class="input"
      type="search"
      id=${id}
      aria-label=${label}
      placeholder=${placeholder ?? label}
      .value=${live(focused?.id === id ? focused.value : value)}
      autocomplete="off"
      @input=${typed}
    />
  </div>`;
}
