/** Where one is among the first steps: a list of links, each with a sign and a word for what is behind. */
import { html, nothing } from "../../page/html.js";
import { icon } from "../../page/icons.js";

/** @param {{steps: string[], current: string, passed: Set<string>}} of */
export const stepList = (page, { steps, current, passed }) =>
  html`<nav aria-label=${page.t("setup.steps")}>
    <p class="soft small setup-count" aria-hidden="true">
      ${page.t("setup.count", { number: steps.indexOf(current) + 1, total: steps.length })}
    </p>
    <ol class="setup-steps">
      ${steps.map(
        (name, index) =>
          html`<li>
            <a
              href="#/setup/${name}"
              class=${passed.has(name) ? "behind" : ""}
              aria-current=${name === current ? "step" : nothing}
            >
              <span class="sign" aria-hidden="true">${passed.has(name) ? icon("check") : index + 1}</span>
              <span>${page.t(`setup.${name}_step`)}</span>
              ${passed.has(name) ? html`<span class="unseen">${page.t("setup.behind")}</span>` : nothing}
            </a>
          </li>`,
      )}
    </ol>
  </nav>`;
