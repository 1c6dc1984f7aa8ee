/** What is wrong right now, asked while somebody looks: one list for the count in the navigation and for screens. */

export const LOOK_MS = 5_000;
/** While nothing is wrong. */
const REST_MS = 15_000;
const COUNTED = ["failing", "warning"];

/** @returns {{look: () => Promise<void>, problems: () => object[]|null, now_ms: () => number}} `null`: not known yet */
export function makeWrong(shell) {
  let found = null,
    looked_ms = -REST_MS;

  async function look() {
    if (found && !found.problems.length && performance.now() - looked_ms < REST_MS) return;
    found = await shell.api.get("/problems-now");
    looked_ms = performance.now();
    shell.setWrong(found.problems.filter((each) => COUNTED.includes(each.severity)).length);
    shell.draw();
  }
  return { look, problems: () => found?.problems ?? null, now_ms: () => found?.now_ms ?? 0 };
}
