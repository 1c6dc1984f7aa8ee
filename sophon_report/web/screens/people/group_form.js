/** A group's name and what it is for. */
import { html } from "../../page/html.js";
import { area, button, field } from "../../page/parts/controls.js";
import { problemNotice } from "../../page/parts/notice.js";

/**
 * Add a group, or change `group`.
 *
 * @returns {Promise<object|undefined>} as it is now; nothing when it was left
 */
export function editGroup(page, group) {
  const now = { name: group?.name ?? "", description: group?.description ?? "" };
  let problem = null,
    isTried = false,
    isBusy = false;

  const save = (done) => async (event) => {
    event.preventDefault();
    isTried = true;
    if (!now.name.trim() || isBusy) return page.draw();
    isBusy = true;
    page.draw();
    const body = { name: now.name.trim(), description: now.description };
    try {
      const path = group && `/groups/${encodeURIComponent(group.permission_id)}`;
      const saved = await (group
        ? page.api.patch(path, body, { ifMatch: group.etag })
        : page.api.post("/groups", body));
      page.say("good", page.t("page.saved"));
      done(saved);
    } catch (error) {
      problem = error;
    }
    isBusy = false;
    page.draw();
  };
  const wrong = () => {
    if (isTried && !now.name.trim()) return page.t("people_groups.needs_name");
    return problem?.code === "TAKEN" ? page.t("people_groups.taken") : "";
  };
  const form = (done) =>
    html`<form class="stack" @submit=${save(done)}>
      ${problem && problem.code !== "TAKEN" ? problemNotice(page, problem) : ""}
      ${field({
        id: "group-name",
        label: page.t("people_groups.name"),
        value: now.name,
        maxlength: 256,
        wrong: wrong(),
        oninput: (value) => {
          now.name = value;
          page.draw();
        },
      })}
      ${area({ id: "group-description", label: page.t("people_groups.description"), value: now.description, rows: 3, oninput: (value) => (now.description = value) })}
      <div class="row">
        ${button({ label: page.t("page.save"), kind: "primary", type: "submit", isBusy })}
        ${button({ label: page.t("page.cancel"), onclick: () => done() })}
      </div>
    </form>`;
  return page.dialog({ title: page.t(group ? "people_groups.edit" : "people_groups.add"), view: form });
}
