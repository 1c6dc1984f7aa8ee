/**
 * The texts of the page, one flat file an area and language: `texts/<language>/<area>.json`, keys `area.name`.
 *
 * A text may hold `{name}`, for a value; `{count|one|many}` takes `one` when the value of `count` is 1.
 */

export const LANGUAGES = { zh: "中文", en: "English" };
/** Areas whose texts the document brings along. */
const BROUGHT = ["page", "login"];
const PLACE = /\{(\w+)(?:\|([^|{}]*)\|([^|{}]*))?\}/g;

/** The language that the box chose for this page: a cookie, else what the browser prefers. */
export const language = () => (document.documentElement.lang === "zh" ? "zh" : "en");

/** Remember a choice and read the page in it. */
export function choose(name, value) {
  const year_s = 365 * 24 * 3600;
  document.cookie = `sophon_${name}=${value}; path=/; max-age=${value ? year_s : 0}; samesite=strict`;
  location.reload();
}

/** Letters that run from the right, and signs that turn what stands behind them. */
const TURNS = /[\u0590-\u08ff\u200e\u200f\u202a-\u202e\u2066-\u2069\ufb1d-\ufefc]/;
/** A name that does not turn the words around it. */
const upright = (value) => (TURNS.test(value) ? `\u2068${value}\u2069` : value);

/** What is in a text instead of its places. */
export function filled(text, values = {}) {
  return text.replace(PLACE, (whole, name, one, many) => {
    if (!(name in values)) return whole;
    if (one === undefined) return upright(String(values[name]));
    return Number(values[name]) === 1 ? one : many;
  });
}

/** The texts of one language, area by area as they are needed. */
export function makeTexts(of) {
  const known = new Map(Object.entries(JSON.parse(document.getElementById("texts").textContent)));
  const areas = new Map(BROUGHT.map((area) => [area, Promise.resolve()]));

  async function read(area) {
    const answer = await fetch(new URL(`../texts/${of}/${area}.json`, import.meta.url), {
      credentials: "same-origin",
    });
    if (!answer.ok) throw new Error(`texts of ${area}: ${answer.status}`);
    for (const [key, text] of Object.entries(await answer.json())) known.set(key, text);
  }

  return {
    language: of,
    /** Have the texts of `area` here. */
    load(area) {
      if (!areas.has(area)) {
        const reading = read(area);
        areas.set(area, reading);
        reading.catch(() => areas.delete(area));
      }
      return areas.get(area);
    },
    /** The text of `key`; the key itself when there is none, which a test forbids. */
    t: (key, values) => filled(known.get(key) ?? key, values),
    has: (key) => known.has(key),
  };
}
