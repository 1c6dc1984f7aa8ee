/** Where one is in the page: `#/people/strangers?name=x`. Pure, but for reading and setting the address. */

/**
 * @param {string} hash of an address
 * @returns {{screen: string, parts: string[], query: Object<string, string>, hash: string}}
 */
export function routeOf(hash) {
  const [path, search = ""] = hash.replace(/^#\/?/, "").split("?", 2);
  const [screen = "", ...parts] = path.split("/").map(decoded);
  return { screen, parts, query: Object.fromEntries(new URLSearchParams(search)), hash };
}

/** The hash of a place: `hashOf(["people", id], {name: "x"})`. What is empty is left out of the query. */
export function hashOf(parts, query = {}) {
  const pairs = Object.entries(query).filter(([, value]) => value !== "" && value !== undefined && value !== null);
  const search = new URLSearchParams(pairs.map(([name, value]) => [name, String(value)])).toString();
  return `#/${parts.map(encodeURIComponent).join("/")}${search ? `?${search}` : ""}`;
}

function decoded(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
