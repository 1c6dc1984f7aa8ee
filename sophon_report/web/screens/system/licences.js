/** Whose work is in the service, and under which licences. */
import { html } from "../../page/html.js";
import { searchField } from "../../page/parts/controls.js";
import { empty } from "../../page/parts/pieces.js";

const KINDS = ["own", "web", "native", "python"];

export async function open(page) {
  const { t } = page;
  const { licences } = await page.api.get("/licences", { signal: page.signal });
  let wanted = "";

  const found = () => {
    const word = wanted.trim().toLocaleLowerCase();
    return licences.filter((each) => `${each.name} ${each.licence}`.toLocaleLowerCase().includes(word));
  };
  const one = (each) =>
    html`<li class="piece">
      <div class="stack tight">
        <h3 class="wrap">${each.name} <span class="soft figures">${each.version}</span></h3>
        <p class="soft small wrap">${each.home}</p>
      </div>
      <span class="wrap">${each.licence || t("system.no_licence")}</span>
    </li>`;
  const kind = (name, some) =>
    some.length
      ? html`<section class="stack tight">
          <h2>${t(`system.kind_${name}`)}</h2>
          <ul class="card flush">
            ${some.map(one)}
          </ul>
        </section>`
      : "";

  return {
    view: () => {
      const some = found();
      return html`<div class="stack">
        <p class="soft">${t("system.licences_hint")}</p>
        ${searchField({
          id: "find-licence",
          label: t("system.find_licence"),
          value: wanted,
          oninput: (value) => {
            wanted = value;
            page.draw();
          },
        })}
        ${
          some.length
            ? KINDS.map((name) => kind(name, some.filter((each) => each.kind === name)))
            : empty({ icon: "search", title: t("system.no_licence_found") })
        }
      </div>`;
    },
  };
}
