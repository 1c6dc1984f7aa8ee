/** Templates: the one place that knows where lit-html lies. A value in a template is text, never HTML. */
export { html, svg, nothing, render } from "../vendor/lit-html/lit-html.js";
export { repeat } from "../vendor/lit-html/directives/repeat.js";
export { ref } from "../vendor/lit-html/directives/ref.js";
export { live } from "../vendor/lit-html/directives/live.js";
