/** All destinations, looked at every two seconds. */
import { html, nothing, repeat } from "../../page/html.js";
import { linkButton } from "../../page/parts/controls.js";
import { explained, problemNotice } from "../../page/parts/notice.js";
import { copyable, empty, heading } from "../../page/parts/pieces.js";
import { watched } from "../../page/parts/watched.js";
import { hashOf } from "../../page/router.js";
import { destinationCard } from "./card.js";
import { trialView } from "./trial.js";

const LOOK_MS = 2000;
const COMMAND = "sophon-report receive --port 9528";

export async function openList(page) {
  const busy = new Map();
  const path = (told, action = "") => `/destinations/${encodeURIComponent(told.name)}${action}`;

  const seen = watched(page, LOOK_MS, async () => {
    const [{ destinations }, delivery] = await Promise.all([
      page.api.get("/destinations", { signal: page.signal }),
      page.api.get("/delivery", { signal: page.signal }),
    ]);
    return { destinations, delivery };
  });
  const statsOf = (told) => seen.told.delivery.destinations.find((each) => each.destination === told.name);

  /** Do something with a destination, once at a time; what went wrong is said. */
  const doing = (what, work) => async (told) => {
    if (busy.has(told.name)) return;
    busy.set(told.name, what);
    page.draw();
    try {
      await work(told);
    } catch (error) {
      if (error.name !== "AbortError") page.say("bad", explained(page, error));
    }
    busy.delete(told.name);
    seen.again();
    page.draw();
  };

  async function remove(told) {
    const stats = statsOf(told);
    const values = {
      waiting: page.format.number(stats?.backlog ?? 0),
      refused: page.format.number(stats?.dead_letters ?? 0),
    };
    const isSure = await page.confirm({
      title: page.t("upload.remove_title", { name: told.name }),
      body: page.t("upload.remove_body", values),
      action: page.t("upload.remove"),
      name: told.name,
    });
    if (!isSure) return;
    await page.api.delete(path(told));
    page.say("good", page.t("upload.removed", { name: told.name }));
  }

  async function test(told) {
    const trial = await page.api.post(path(told, "/test"), {});
    await page.dialog({
      title: page.t("upload.test_of", { name: told.name }),
      isWide: true,
      view: () => trialView(page, trial),
    });
  }

  const act = {
    pause: doing("pause", (told) => page.api.post(path(told, "/pause"), {})),
    resume: doing("resume", (told) => page.api.post(path(told, "/resume"), {})),
    test: doing("test", test),
    remove: doing("remove", remove),
  };

  const add = (kind) =>
    page.me.may_write
      ? linkButton({ label: page.t("upload.add"), icon: "plus", kind, href: hashOf(["upload", "new"]) })
      : nothing;
  const nobody = () =>
    empty({
      icon: "upload",
      title: page.t("upload.empty"),
      body: page.t("upload.empty_body"),
      action: html`${add("primary")}
        <p>${page.t("upload.empty_try", { url: page.t("upload.empty_url") })}</p>
        ${copyable(page, COMMAND)}`,
    });
  const cards = () =>
    html`<div class="stack">
      ${repeat(
        seen.told.destinations,
        (told) => told.name,
        (told) =>
          destinationCard(page, {
            told,
            stats: statsOf(told),
            now_ms: seen.told.delivery.now_ms,
            act,
            busy: busy.get(told.name) ?? "",
          }),
      )}
    </div>`;

  return {
    view: () =>
      html`<div class="screen">
        ${heading(page.t("page.upload"), page.t("upload.lead"), seen.told?.destinations.length ? add("primary") : nothing)}
        ${page.me.may_write ? nothing : html`<p class="soft">${page.t("page.read_only")}</p>`}
        ${seen.problem ? problemNotice(page, seen.problem, seen.again) : nothing}
        ${seen.told ? (seen.told.destinations.length ? cards() : nobody()) : seen.problem ? nothing : html`<p role="status">${page.t("page.opening")}</p>`}
      </div>`,
    close() {},
  };
}
