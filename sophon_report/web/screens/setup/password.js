/** A password of one's own instead of the one that the box made up. */
import { html, nothing } from "../../page/html.js";
import { button, field } from "../../page/parts/controls.js";
import { notice, problemNotice } from "../../page/parts/notice.js";
import { LONGEST, SHORTEST } from "../access/passwords.js";

export async function make(page, { done }) {
  const typed = { old: page.box.typed ?? "", next: "", again: "" };
  const needsOld = !typed.old;
  let problem = null,
    wrong = {},
    isBusy = false;

  function check() {
    const { t } = page;
    wrong = {
      old: typed.old ? "" : t("setup.password_old_missing"),
      next:
        typed.next.length < SHORTEST || typed.next.length > LONGEST
          ? t("setup.password_short")
          : typed.next.toLowerCase() === page.me.user.toLowerCase()
            ? t("setup.password_is_name")
            : "",
      again: typed.again === typed.next ? "" : t("setup.password_differs"),
    };
    return !wrong.old && !wrong.next && !wrong.again;
  }

  async function save(event) {
    event.preventDefault();
    problem = null;
    if (isBusy || !check()) return page.draw();
    isBusy = true;
    page.draw();
    try {
      await page.api.put("/session/password", { old_password: typed.old, new_password: typed.next });
      delete page.box.typed;
      Object.assign(page.box, { generated: false, password_file: "" });
      page.me.generated = false;
      page.say("good", page.t("setup.password_saved"));
      await done();
    } catch (error) {
      if (error.of?.("old_password")) wrong = { ...wrong, old: page.t("setup.password_old_wrong") };
      else problem = error;
    } finally {
      isBusy = false;
      page.draw();
    }
  }

  const input = (name, extra) =>
    field({
      id: `password-${name}`,
      type: "password",
      label: page.t(`setup.password_${name}`),
      value: typed[name],
      wrong: wrong[name],
      maxlength: 1024,
      oninput: (value) => (typed[name] = value),
      ...extra,
    });

  return {
    view: () =>
      page.me.generated
        ? html`<form class="stack" @submit=${save}>
            ${problem ? problemNotice(page, problem) : nothing}
            ${needsOld || wrong.old ? input("old", { autocomplete: "current-password", hint: page.t("setup.password_old_hint", { file: page.box.password_file ?? "" }) }) : nothing}
            ${input("next", { autocomplete: "new-password", hint: page.t("setup.password_hint") })}
            ${input("again", { autocomplete: "new-password" })}
            <div class="row">
              ${button({ label: page.t("setup.password_save"), kind: "primary", type: "submit", isBusy })}
            </div>
          </form>`
        : html`<div class="stack">
            ${notice("good", page.t("setup.password_chosen"))}
            <div class="row">
              ${button({ label: page.t("page.next"), kind: "primary", onclick: () => done() })}
            </div>
          </div>`,
  };
}
