/** The screens there are: what the navigation shows, and where each is loaded from when it is first opened. */

/** @type {{name: string, icon: string, load: () => Promise<object>}[]} */
export const SCREENS = [
  { name: "live", icon: "live", load: () => import("../screens/live.js") },
  { name: "cameras", icon: "camera", load: () => import("../screens/cameras.js") },
  { name: "people", icon: "people", load: () => import("../screens/people.js") },
  { name: "upload", icon: "upload", load: () => import("../screens/upload.js") },
  { name: "history", icon: "history", load: () => import("../screens/history.js") },
  { name: "system", icon: "settings", load: () => import("../screens/system.js") },
  { name: "access", icon: "key", load: () => import("../screens/access.js") },
];

/** Those that a phone shows below; the others are behind "more". */
export const ON_BAR = ["live", "cameras", "people", "upload"];

/** Those that no navigation shows. */
const HIDDEN = [
  { name: "setup", icon: "check", load: () => import("../screens/setup.js") },
  { name: "account", icon: "user", load: () => import("../screens/account.js") },
];
export const FIRST = "live";

export const screenOf = (name) => [...SCREENS, ...HIDDEN].find((each) => each.name === name);
