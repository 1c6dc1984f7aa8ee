/**
 * What a screen shows of the box, asked for again every `period_ms`.
 *
 * `told` is the last answer of `read`, null before the first; `problem` says why there is no newer one; `again()` asks
 * now, for who has just changed it; `first` is a promise of an answer or a problem.
 */
export function watched(page, period_ms, read) {
  const seen = { told: null, problem: null };
  seen.first = new Promise((resolve) => {
    seen.again = page.every(period_ms, async () => {
      try {
        seen.told = await read();
        seen.problem = null;
      } catch (error) {
        if (error.name === "AbortError") return;
        seen.problem = error;
      }
      resolve();
      page.draw();
    });
  });
  return seen;
}
