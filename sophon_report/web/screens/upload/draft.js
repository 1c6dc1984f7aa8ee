/** A destination while it is written: made of what is saved, made into what is sent. Pure, but for new secrets. */

import { KINDS } from "../../page/parts/people.js";

export const PICTURES = ["register_photo", "scene", "face", "infrared"];
export const TOLD = ["person_name", "feature", "attributes"];
export const USER_TYPES = [...KINDS, "stranger"];
export const MASK = "***";
const UNSAVED = "unsaved";
const SAME = [
  ...["url", "layout", "enabled", "content_type", "period_s", "retry", "devices", "user_types", "min_score_pct"],
  ...["connect_s", "first_byte_s", "ca_file", "client_cert_file", "client_key_file", "gzip", "in_flight"],
  ...PICTURES,
  ...TOLD,
];
const NUMBERS = ["timeout_s", "period_s", "min_score_pct", "connect_s", "first_byte_s", "in_flight"];
const NAME_LENGTH = 64;
const SECRET_BYTES = 32;

/** What a new one begins with. */
export const fresh = () => ({
  name: "",
  url: "",
  layout: "g2",
  enabled: true,
  content_type: "json",
  timeout_s: "",
  period_s: 0,
  retry: false,
  devices: [],
  user_types: [],
  min_score_pct: 0,
  connect_s: 10,
  first_byte_s: 0,
  ca_file: "",
  client_cert_file: "",
  client_key_file: "",
  gzip: false,
  in_flight: 1,
  register_photo: true,
  scene: true,
  face: true,
  infrared: false,
  attributes: false,
  feature: true,
  person_name: true,
  from: "now",
  headers: [],
  signing: "none",
  secret: "",
});

/** A saved one, to be changed; what is secret of it nobody knows here. */
export function draftOf(told) {
  const same = Object.fromEntries([...SAME, "name", "timeout_s"].map((name) => [name, told[name]]));
  const headers = Object.keys(told.headers).map((name) => ({ name, value: "", isKept: true }));
  return { ...same, headers, signing: told.signing_secrets.length ? "kept" : "none", secret: "" };
}

/** What is sent to the box. */
export function seedOf(draft, isNew) {
  const seed = Object.fromEntries(SAME.map((name) => [name, draft[name]]));
  seed.url = draft.url.trim();
  seed.name = isNew ? nameOf(draft) || UNSAVED : draft.name;
  for (const name of NUMBERS) if (draft[name] !== "" && draft[name] !== null) seed[name] = Number(draft[name]);
  if (isNew) seed.from = draft.from;
  seed.headers = Object.fromEntries(
    draft.headers
      .filter((each) => each.name.trim())
      .map((each) => [each.name.trim(), each.isKept && !each.value ? MASK : each.value]),
  );
  if (draft.signing === "none") seed.signing_secrets = [];
  if (draft.signing === "new") seed.signing_secrets = [draft.secret.trim()];
  return seed;
}

/** The name of a new one: what was typed, else the host of its address. */
export function nameOf(draft) {
  if (draft.name.trim()) return draft.name.trim();
  try {
    const { hostname, port } = new URL(draft.url.trim());
    return `${hostname}${port ? `-${port}` : ""}`
      .replace(/[^A-Za-z0-9_.-]+/g, "-")
      .replace(/^[.-]+/, "")
      .slice(0, NAME_LENGTH);
  } catch {
    return "";
  }
}

/** Whether that is an address that events can be posted to, as far as a page can tell. */
export function isAddress(text) {
  try {
    const url = new URL(text.trim());
    return ["http:", "https:"].includes(url.protocol) && Boolean(url.hostname) && !url.username;
  } catch {
    return false;
  }
}

/** A new key to sign with, in the form that receivers know. */
export function newSecret() {
  const bytes = crypto.getRandomValues(new Uint8Array(SECRET_BYTES));
  return `whsec_${btoa(String.fromCharCode(...bytes))}`;
}
