/** Events as they come, each once: after a break those that were missed come first, by the number of the last one. */
import { openSocket } from "./socket.js";

const SILENCE_MS = 50_000;

/**
 * @param {object} page of the screen, with which it ends
 * @param {{since?: number|null, event: (event: object) => void, changed?: (state: {name: string, since_ms: number}) => void}} of
 *   `since`: number of the last event that is known; without it only new ones come. An event with `resume_gone` says
 *   that some before it are not there any more.
 */
export function openLive(page, { since = null, event, changed }) {
  let last = since;
  return openSocket(page, "/live", {
    silence_ms: SILENCE_MS,
    changed,
    hello: () => (last === null ? {} : { since: last }),
    heard(text) {
      const told = JSON.parse(text);
      if (!told.event_id) return;
      if (told.seq) last = Math.max(last ?? 0, told.seq);
      event(told);
    },
  });
}
