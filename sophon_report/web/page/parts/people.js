/** What people are, wherever they are shown: the kinds there are, and the permission groups they may have. */
import { html } from "../html.js";
import { badge } from "./pieces.js";

/** Kinds that somebody can be given; a stranger is nobody's choice. */
export const KINDS = ["employee", "visitor", "vip", "blacklist"];
/** Those that stand out. */
const STATES = { blacklist: "bad", vip: "good", stranger: "warn" };
const MOST_GROUPS = 500;

/** A kind in a word. */
export const kindName = (page, kind) => page.t(`page.kind_${kind}`);

/** A kind in a word that can be seen from afar. */
export const kindBadge = (page, kind) =>
  kind in STATES
    ? badge(STATES[kind], kindName(page, kind))
    : html`<span class="badge">${kindName(page, kind)}</span>`;

/** What can be chosen from where a kind is chosen. */
export const kindOptions = (page, kinds = KINDS) =>
  kinds.map((value) => ({ value, label: kindName(page, value) }));

/** What can be chosen from where a permission group is chosen. */
export const groupOptions = (groups) => [...groupNames(groups)].map(([value, label]) => ({ value, label }));

/** The names of groups by their ids. */
export const groupNames = (groups) =>
  new Map(groups.map((each) => [each.permission_id, each.name || each.permission_id]));

/**
 * All permission groups, the first five hundred; none when they cannot be read: the screen does without.
 *
 * @returns {Promise<{permission_id: string, name: string}[]>}
 */
export async function readGroups(page) {
  try {
    return (await page.api.get(`/groups?limit=${MOST_GROUPS}`, { signal: page.signal })).groups;
  } catch (error) {
    if (error.name === "AbortError") throw error;
    return [];
  }
}
