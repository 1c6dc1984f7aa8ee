/** What the box is called: in the title of the page, so that two boxes are not mixed up. */
import { html, nothing } from "../../page/html.js";
import { button, field } from "../../page/parts/controls.js";
import { problemNotice } from "../../page/parts/notice.js";

const LONGEST = 64;

export async function make(page, { done }) {
  let name = page.box.name ?? "",
    problem = null,
    isBusy = false;

  async function save(event) {
    event.preventDefault();
    isBusy = true;
    page.draw();
    try {
      await page.api.patch("/settings", { changes: { name: name.trim() } });
      page.box.name = name.trim();
      problem = null;
      await done();
    } catch (error) {
      problem = error;
    } finally {
      isBusy = false;
      page.draw();
    }
  }

  return {
    view: (skip) =>
      html`<form class="stack" @submit=${save}>
        ${problem ? problemNotice(page, problem) : nothing}
        ${field({
          id: "box-name",
          label: page.t("setup.name_label"),
          value: name,
          placeholder: page.t("setup.name_example"),
          hint: page.t("setup.name_hint"),
          maxlength: LONGEST,
          oninput: (value) => {
            name = value;
            page.draw();
          },
        })}
        <div class="row">
          ${button({ label: page.t("page.next"), kind: "primary", type: "submit", isBusy, isDisabled: !name.trim() })} ${skip()}
        </div>
      </form>`,
  };
}
