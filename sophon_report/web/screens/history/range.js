/** Which visits are asked for: a time and filters, as they stand in the address and as the box is asked. Pure. */
import { query } from "../../page/api.js";
import { KINDS } from "../../page/parts/people.js";
import { hashOf } from "../../page/router.js";

export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;
/** Times that are chosen by a word; `null`: from the first visit to the last. */
export const SPANS = { day: DAY_MS, week: 7 * DAY_MS, month: 30 * DAY_MS, all: null };
export const FILTERS = ["name", "person", "device", "who", "group", "looks", "min"];
const LOOKS = {
  male: { gender: "male" },
  female: { gender: "female" },
  glasses: { glasses: true },
  mask: { mask: true },
  hat: { hat: true },
};
export const LOOK_NAMES = Object.keys(LOOKS);

/** The place of the visits that `wanted` names; with `eventId` that visit is open. */
export const placeOf = (wanted, eventId = "") => hashOf(eventId ? ["history", eventId] : ["history"], wanted);

/** What the address says, unknown words left out. */
export function wantedOf(given) {
  const wanted = {};
  for (const name of FILTERS) if (given[name]) wanted[name] = String(given[name]).slice(0, 256);
  if (given.span in SPANS) wanted.span = given.span;
  if (number(given.from) && number(given.from) < number(given.to)) {
    wanted.from = given.from;
    wanted.to = given.to;
  }
  return wanted;
}

/** The time asked for, `{from_ms, to_ms}`; both `undefined`: all there is. */
export function timeOf(wanted, now_ms) {
  if (wanted.from) return { from_ms: number(wanted.from), to_ms: number(wanted.to) };
  const span_ms = SPANS[wanted.span ?? "all"];
  return span_ms === null ? {} : { from_ms: now_ms - span_ms, to_ms: now_ms };
}

/** The same filters with another time. */
export const during = (wanted, from_ms, to_ms) => {
  const { span: _span, ...rest } = wanted;
  return { ...rest, from: Math.round(from_ms), to: Math.round(to_ms) };
};

/** The filters as the box takes them; times are added by who asks. */
export function asked(wanted) {
  const who = wanted.who ?? "";
  return {
    name: wanted.name,
    identity_id: wanted.person,
    device_id: wanted.device,
    permission_id: wanted.group,
    user_type: KINDS.includes(who) ? who : undefined,
    // Not `false`, which a query leaves out.
    known: { known: "true", stranger: "false" }[who],
    min_score: number(wanted.min) || undefined,
    ...LOOKS[wanted.looks],
  };
}

/** `?…` of a question about these visits. */
export const questionOf = (wanted, time, more = {}) => query({ ...asked(wanted), ...time, ...more });

export const isFiltered = (wanted) => FILTERS.some((name) => wanted[name]);

const number = (text) => (/^\d{1,15}$/.test(String(text ?? "")) ? Number(text) : 0);
