/**
 * What a screen is given: texts, calls, where one is, and everything that must end when the screen is left.
 *
 * A screen is a module with `areas` (whose texts it needs) and `open(page)`, which gives `{view(), close()}`:
 * `view` is a template of the state of the moment, and whoever changes the state calls `page.draw()`.
 */

/** Have the styles of a file, `screens/live.css`, here before anything is drawn with them. */
const style = (file) =>
  new Promise((resolve) => {
    const href = new URL(`../${file}`, import.meta.url).pathname;
    if (document.querySelector(`link[href="${href}"]`)) return resolve();
    const link = Object.assign(document.createElement("link"), { rel: "stylesheet", href });
    link.onload = link.onerror = resolve;
    document.head.append(link);
  });

/** The page of one screen, until `close()`; nothing is asked while it `isAway`, behind a login. */
export function makePage({ shell, route, isAway = () => false }) {
  const ending = new AbortController();
  const timers = new Set();

  /**
   * Call `work` every `period_ms` while somebody looks, the first time at once. What is given back calls it now, and
   * is a promise of that: of a call that is under way another follows, as its answer may be older than the wish.
   */
  function every(period_ms, work) {
    let timer = null,
      underWay = null,
      isWantedAgain = false;
    const stop = () => {
      clearTimeout(timer);
      timer = null;
    };
    const isOver = () => ending.signal.aborted || document.hidden;
    async function rounds() {
      do {
        isWantedAgain = false;
        try {
          await work();
        } catch (error) {
          if (error.name !== "AbortError" && !error.code) console.error(error);
        }
      } while (isWantedAgain && !isOver() && !isAway());
    }
    function ended() {
      underWay = null;
      stop();
      if (!isOver()) timer = setTimeout(turn, period_ms);
    }
    function turn() {
      stop();
      if (isOver()) return underWay;
      if (underWay) isWantedAgain = true;
      else if (isAway()) timer = setTimeout(turn, period_ms);
      else underWay = rounds().finally(ended);
      return underWay;
    }
    document.addEventListener("visibilitychange", () => (document.hidden ? stop() : turn()), {
      signal: ending.signal,
    });
    timers.add(stop);
    turn();
    return turn;
  }

  return {
    ...shell,
    route,
    signal: ending.signal,
    every,
    style,
    /** Lead to another place; who has left meanwhile is not fetched from where they are. */
    go: (hash) => ending.signal.aborted || isAway() || shell.go(hash),
    close() {
      ending.abort();
      for (const stop of timers) stop();
    },
  };
}
