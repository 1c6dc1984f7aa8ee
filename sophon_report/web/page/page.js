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

  /** Call `work` every `period_ms` while somebody looks, the first time at once; a call that is under way is waited for. */
  function every(period_ms, work) {
    let timer = null,
      isBusy = false;
    const stop = () => {
      clearTimeout(timer);
      timer = null;
    };
    const turn = async () => {
      stop();
      if (isBusy || ending.signal.aborted || document.hidden) return;
      if (isAway()) {
        timer = setTimeout(turn, period_ms);
        return;
      }
      isBusy = true;
      try {
        await work();
      } catch (error) {
        if (error.name !== "AbortError" && !error.code) console.error(error);
      } finally {
        isBusy = false;
        stop();
        if (!ending.signal.aborted && !document.hidden) timer = setTimeout(turn, period_ms);
      }
    };
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
