/** How a camera does, in a word and in a sentence: by the codes that the box gives. */
import { html, nothing } from "../../page/html.js";
import { badge } from "../../page/parts/pieces.js";

const SIGNS = {
  online: "good",
  starting: "busy",
  offline: "bad",
  failed: "bad",
  ended: "off",
  inactive: "off",
  passive: "off",
};

/** The state as a badge; one that gives pictures and yet has a reason is doubtful. */
export const stateBadge = (page, device) =>
  badge(
    device.state === "online" && device.reason_code ? "warn" : (SIGNS[device.state] ?? "off"),
    page.t(`cameras.state_${device.state}`),
  );

/**
 * Why it gives no pictures and what to do, in the page's language, with the box's own words below.
 *
 * @param {{reason: string, reason_code: string}} of a device, or the result of a test
 */
export function reasonText(page, { reason, reason_code: code }) {
  if (!reason && !code) return nothing;
  const key = `cameras.reason_${code}`;
  return html`<p>${page.t(page.has(key) ? key : "cameras.reason_fault")}</p>
    ${
      reason
        ? html`<details class="small soft">
            <summary>${page.t("page.details")}</summary>
            <p class="wrap">${reason}</p>
          </details>`
        : nothing
    }`;
}
