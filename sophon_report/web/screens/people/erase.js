/** The end of a person: out of recognition, or out of everything; what goes is told before, and the name typed. */
import { html, nothing } from "../../page/html.js";
import { choices } from "../../page/parts/controls.js";
import { followJob } from "../../page/parts/jobs.js";

const COUNTED = ["photos", "events", "events_with_pictures", "undelivered", "dead_letters", "strangers", "files"];

/**
 * @param {object} page
 * @param {() => object} person as it is known now
 * @returns {{ask: () => Promise<void>, job: () => object|null}} `job`: the erasing while it is under way
 */
export function erasing(page, person) {
  let job = null;

  async function ask() {
    const { identity_id, name } = person();
    const path = `/people/${encodeURIComponent(identity_id)}`;
    const goes = await page.api.get(`${path}/erasure`, { signal: page.signal });
    const wanted = { how: "all" };
    const isMeant = await page.confirm({
      title: page.t("people.remove_title", { name }),
      body: () => asked(wanted, goes),
      action: page.t("people.remove"),
      name,
    });
    if (!isMeant) return;
    if (wanted.how === "all") await erase(identity_id);
    else await page.api.delete(path, { ifMatch: person().etag });
    page.say("good", page.t(wanted.how === "all" ? "people.erased" : "people.removed", { name }));
    page.go("#/people");
  }

  async function erase(identity_id) {
    const begun = await page.api.delete("/people", { body: { identity_id } });
    try {
      const ended = await followJob(page, { job_id: begun.job_id, state: "running", progress: null }, (now) => {
        job = now;
        page.draw();
      });
      if (ended.state !== "done") throw Object.assign(new Error(ended.problem), { code: "UNEXPECTED" });
    } finally {
      job = null;
    }
  }

  const asked = (wanted, goes) =>
    html`${choices({
      id: "how",
      label: page.t("people.remove_how"),
      value: wanted.how,
      options: ["all", "gallery"].map((value) => ({
        value,
        label: page.t(`people.remove_${value}`),
        hint: page.t(`people.remove_${value}_hint`),
      })),
      onchange: (value) => {
        wanted.how = value;
        page.draw();
      },
    })}
    ${wanted.how === "all" ? what(goes) : nothing}`;
  const what = (goes) =>
    html`<p class="label">${page.t("people.goes")}</p>
      <ul class="people-goes">
        ${COUNTED.filter((each) => goes[each]).map((each) => html`<li>${page.t(`people.goes_${each}`, { count: goes[each] })}</li>`)}
      </ul>
      <p class="soft small">${page.t("people.goes_not")}</p>`;

  return { ask, job: () => job };
}
