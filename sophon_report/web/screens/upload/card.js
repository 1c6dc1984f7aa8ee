/** One destination: what is done for it, how far it is, why it stands, and what can be done. */
import { html, nothing } from "../../page/html.js";
import { button, linkButton } from "../../page/parts/controls.js";
import { notice } from "../../page/parts/notice.js";
import { badge, figure } from "../../page/parts/pieces.js";
import { hashOf } from "../../page/router.js";
import { pastHour } from "./past.js";
import { isInTrouble, layoutName, rateOf, reasonOf, stateOf } from "./words.js";

/**
 * @param {object} page
 * @param {{told: object, stats: object|undefined, now_ms: number, act: Object<string, Function>, busy: string}} of `busy`: what is under way, "" when nothing is
 *   `act`: pause, resume, test and remove, each called with the destination
 */
export function destinationCard(page, { told, stats, now_ms, act, busy }) {
  const { kind, text } = stateOf(page, stats);
  return html`<article class="card" aria-label=${told.name}>
    <div class="head">
      <h2 class="wrap">${told.name}</h2>
      ${badge(kind, text)}
    </div>
    <p class="wrap"><code>${told.url}</code> <span class="soft">${layoutName(page, told.layout)}</span></p>
    ${isInTrouble(stats) ? trouble(page, stats, now_ms) : nothing}
    ${stats ? numbers(page, stats, now_ms) : nothing} ${stats ? pastHour(page, stats.past, now_ms) : nothing}
    ${page.me.may_write ? actions(page, told, stats, act, busy) : nothing}
  </article>`;
}

const trouble = (page, stats, now_ms) =>
  notice(
    stats.state === "waiting" ? "warn" : "bad",
    html`<p>${reasonOf(page, stats.last_error_code)}</p>
      ${
        stats.next_try_ms > now_ms
          ? html`<p class="soft">${page.t("upload.next_try", { time: page.format.time(stats.next_try_ms) })}</p>`
          : nothing
      }
      <details>
        <summary>${page.t("upload.last_answer")}</summary>
        <p>${stats.last_error}</p>
        ${stats.last_answer ? html`<code class="code">${stats.last_answer}</code>` : nothing}
      </details>`,
  );

function numbers(page, stats, now_ms) {
  const { format, t } = page;
  const oldest =
    stats.oldest_ms === null ? "" : t("upload.oldest", { since: format.since(stats.oldest_ms, now_ms) });
  const last = stats.last_accepted_ms === null ? t("upload.never") : format.since(stats.last_accepted_ms, now_ms);
  const lost = stats.lost + stats.dropped + stats.dead_letters_dropped;
  return html`<div class="figure-grid">
    ${figure(t("upload.waiting"), format.number(stats.backlog), oldest)}
    ${figure(t("upload.rate"), t("upload.per_minute", { count: format.number(rateOf(stats, now_ms), 1) }), t("upload.last_taken", { since: last }))}
    ${figure(t("upload.refused"), format.number(stats.dead_letters), stats.resending ? t("upload.resending", { count: stats.resending }) : "")}
    ${lost ? figure(t("upload.lost"), format.number(lost), t("upload.lost_hint")) : nothing}
  </div>`;
}

function actions(page, told, stats, act, busy) {
  const { t } = page;
  const doing = (name, label, icon, kind = "") =>
    button({ label, icon, kind, isBusy: busy === name, onclick: () => act[name](told) });
  const waits = stats && (stats.state === "waiting" || (stats.state === "paused" && !told.paused));
  return html`<div class="row">
    ${waits ? doing("resume", t("upload.try_now"), "retry") : nothing}
    ${told.paused ? doing("resume", t("upload.resume"), "play") : doing("pause", t("upload.pause"), "pause")}
    ${doing("test", t("upload.test"), "upload")}
    ${linkButton({ label: t("page.edit"), icon: "edit", href: hashOf(["upload", "edit", told.name]) })}
    ${
      stats?.dead_letters
        ? linkButton({
            label: t("upload.see_refused", { count: page.format.number(stats.dead_letters) }),
            icon: "warn",
            href: hashOf(["upload", "refused", told.name]),
          })
        : nothing
    }
    ${doing("remove", t("page.delete"), "trash", "danger quiet end")}
  </div>`;
}
