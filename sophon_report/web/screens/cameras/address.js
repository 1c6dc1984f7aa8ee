/**
 * A camera's address in its parts, so that nobody has to know how a password is written in one. Pure.
 *
 * The box tells an address with `***` for the password, and takes it back so as long as user and host stay.
 */

const PARTS = /^([a-z]+:\/\/)(?:([^@/]*)@)?(.*)$/i;
const KEPT = "***";

/**
 * @param {string} url as the box tells it, or as somebody typed it
 * @returns {{place: string, user: string, rawUser: string, password: string, isKept: boolean}} `place`: without user and password
 */
export function partsOf(url) {
  const found = PARTS.exec(url.trim());
  if (!found || found[2] === undefined)
    return { place: url.trim(), user: "", rawUser: "", password: "", isKept: false };
  const [scheme, login, rest] = [found[1], found[2], found[3]];
  const colon = login.indexOf(":");
  const rawUser = colon < 0 ? login : login.slice(0, colon);
  const password = colon < 0 ? "" : login.slice(colon + 1);
  const isKept = password === KEPT;
  return {
    place: scheme + rest,
    user: decoded(rawUser),
    rawUser,
    password: isKept ? "" : decoded(password),
    isKept,
  };
}

/** The address of these parts; a password that is kept is told as `***`. */
export function addressOf({ place, user, rawUser = "", password, isKept }) {
  const found = PARTS.exec(place.trim());
  if (!found || (!user && !password)) return place.trim();
  const name = user === decoded(rawUser) ? rawUser : encodeURIComponent(user);
  const secret = password ? encodeURIComponent(password) : isKept ? KEPT : "";
  return `${found[1]}${name}${secret ? `:${secret}` : ""}@${found[3]}`;
}

/** Scheme, host and port: where a kept password may go to. */
export const hostOf = (place) => /^[a-z]+:\/\/[^/?#]*/i.exec(place.trim())?.[0].toLowerCase() ?? "";

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
