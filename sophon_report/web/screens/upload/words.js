/** What is done for a destination, and why something was not delivered, in the page's language. */

const KINDS = {
  idle: "good",
  sending: "busy",
  waiting: "warn",
  losing: "bad",
  paused: "bad",
  stopped: "off",
  disabled: "off",
};
const BY_HAND = "by_hand";
const IN_TROUBLE = ["waiting", "losing", "paused"];
const ANSWER = /^http_(\d)\d\d$/;
const RATE_MINUTES = 5;
const MINUTE_MS = 60_000;

/** A state as a badge shows it: `{kind, text}`; who was paused by hand is not in trouble. */
export function stateOf({ t }, stats) {
  if (!stats) return { kind: "off", text: t("upload.state_stopped") };
  const isHeld = stats.state === "paused" && stats.last_error_code === BY_HAND;
  return isHeld
    ? { kind: "off", text: t("upload.state_by_hand") }
    : { kind: KINDS[stats.state] ?? "off", text: t(`upload.state_${stats.state}`) };
}

/** Whether something is wrong that a person should know of: also while the next try is under way. */
export function isInTrouble(stats) {
  if (!stats?.last_error_code || stats.last_error_code === BY_HAND) return false;
  const isRetrying = stats.state === "sending" && stats.last_error_ms > (stats.last_accepted_ms ?? 0);
  return isRetrying || IN_TROUBLE.includes(stats.state);
}

/**
 * Why, and what to do about it.
 *
 * @param {string} code as the box gives it; an answer without words of its own is explained by its hundred
 */
export function reasonOf({ t, has }, code) {
  const status = code.replace("http_", "");
  if (has(`upload.reason_${code}`)) return t(`upload.reason_${code}`, { status });
  const family = ANSWER.exec(code);
  const key = family ? `http_${family[1]}xx` : "internal";
  return t(has(`upload.reason_${key}`) ? `upload.reason_${key}` : "upload.reason_internal", { status });
}

/** What a letter of an older version has no code for is told by its status. */
export const codeOf = (letter) => letter.code || (letter.status ? `http_${letter.status}` : "internal");

/** Events a minute that were taken in the last few minutes. */
export function rateOf(stats, now_ms) {
  const recent = (stats?.past ?? []).filter((each) => each.at_ms > now_ms - (RATE_MINUTES + 1) * MINUTE_MS);
  return recent.reduce((sum, each) => sum + each.accepted, 0) / RATE_MINUTES;
}

/** The layouts that people may choose, each with the boxes that it suits. */
export const LAYOUTS = ["g2", "g1", "g0", "se3"];
export const layoutName = ({ t, has }, name) => (has(`upload.layout_${name}`) ? t(`upload.layout_${name}`) : name);
