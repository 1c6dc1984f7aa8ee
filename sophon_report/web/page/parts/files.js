/** Choosing files: by the button, by dropping them, and from the clipboard. */
import { html, nothing } from "../html.js";
import { icon } from "../icons.js";

/**
 * One that is disabled, by itself or with all around it, takes none in any way.
 *
 * @param {{id: string, label: string, hint?: string, accept?: string, isMany?: boolean, onfiles: (files: File[]) => void}} of
 */
export const fileField = ({ id, label, hint, accept, isMany = false, onfiles }) => {
  const given = (list) => {
    const files = [...list];
    if (files.length) onfiles(isMany ? files : files.slice(0, 1));
  };
  const stop = (event) => event.preventDefault();
  const handed = (event, { files }) => event.currentTarget.querySelector("input:enabled") && given(files);
  return html`<div
    class="drop"
    @dragover=${stop}
    @drop=${(event) => {
      stop(event);
      handed(event, event.dataTransfer);
    }}
    @paste=${(event) => handed(event, event.clipboardData)}
  >
    <label class="button" for=${id}>${icon("file")}${label}</label>
    <input
      class="unseen"
      type="file"
      id=${id}
      accept=${accept ?? nothing}
      ?multiple=${isMany}
      aria-describedby=${hint ? `${id}-hint` : nothing}
      @change=${(event) => {
        given(event.target.files);
        event.target.value = "";
      }}
    />
    ${hint ? html`<p class="soft small" id="${id}-hint">${hint}</p>` : nothing}
  </div>`;
};
