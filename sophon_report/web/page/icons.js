/** Line icons on a grid of 20, drawn for this page; they say nothing to a screen reader: words stand beside them. */
import { html } from "./html.js";

const PATHS = {
  live: "M10 11.5a1.5 1.5 0 1 0 0-3 1.5 1.5 0 0 0 0 3M6.5 6.5a5 5 0 0 0 0 7M13.5 6.5a5 5 0 0 1 0 7M4 4a8.5 8.5 0 0 0 0 12M16 4a8.5 8.5 0 0 1 0 12",
  camera: "M3 6h9v8H3zM12 9l5-2.5v7L12 11",
  people:
    "M7.5 9.5a2.75 2.75 0 1 0 0-5.5 2.75 2.75 0 0 0 0 5.5M2.5 16c.4-2.8 2.4-4.5 5-4.5s4.6 1.7 5 4.5M13 4.3a2.7 2.7 0 0 1 0 5M14.5 11.8c1.7.5 2.7 2 3 4.2",
  user: "M10 9.5a3 3 0 1 0 0-6 3 3 0 0 0 0 6M4 16.5c.5-3 2.9-5 6-5s5.5 2 6 5",
  upload: "M10 13V3.5M6 7l4-3.5L14 7M3.5 12.5v4h13v-4",
  download: "M10 3.5V13M6 9.5l4 3.5 4-3.5M3.5 12.5v4h13v-4",
  history: "M3.5 10a6.5 6.5 0 1 0 2-4.7M3.5 3.5v3h3M10 6.5V10l2.5 2",
  settings: "M3 6h7M14 6h3M12 4v4M3 14h3M10 14h7M8 12v4",
  key: "M12.5 11a4 4 0 1 0-3.7-2.5L3 14.3V17h2.7l.3-2h2v-2l1.6-1.6c.8.4 1.8.6 2.9.6M13.5 6.5h.01",
  more: "M4.5 10h.01M10 10h.01M15.5 10h.01",
  plus: "M10 4v12M4 10h12",
  close: "M5 5l10 10M15 5L5 15",
  check: "M4 10.5l4 4 8-9",
  good: "M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14M6.8 10.2l2.2 2.2 4.2-4.8",
  warn: "M10 3.5L17.5 16h-15zM10 8.5v3.5M10 14h.01",
  bad: "M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14M7.5 7.5l5 5M12.5 7.5l-5 5",
  off: "M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14M5.2 5.2l9.6 9.6",
  info: "M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14M10 9v4.5M10 6.5h.01",
  search: "M8.7 14.4a5.7 5.7 0 1 0 0-11.4 5.7 5.7 0 0 0 0 11.4M13 13l4 4",
  edit: "M4 16l.8-3.5L13.5 3.8l2.7 2.7-8.7 8.7z",
  trash: "M4 5.5h12M8 5.5v-2h4v2M5.5 5.5l.8 11h7.4l.8-11M8.5 8.5v5M11.5 8.5v5",
  pause: "M7 4.5v11M13 4.5v11",
  play: "M6.5 4l9 6-9 6z",
  retry: "M16.5 10a6.5 6.5 0 1 1-2-4.7M16.5 3.5v3h-3",
  copy: "M7.5 7.5h9v9h-9zM12.5 7.5v-4h-9v9h4",
  file: "M5 2.5h6.5L15.5 6.5v11H5zM11.5 2.5v4h4",
  picture: "M3 4h14v12H3zM3 13l4-3.5 3 2.5 3-3 4 3.5M7 7.5h.01",
  grid1: "M3.5 4h13v12h-13z",
  grid4: "M3.5 4h13v12h-13zM10 4v12M3.5 10h13",
  grid16: "M3.5 4h13v12h-13zM6.7 4v12M10 4v12M13.3 4v12M3.5 7h13M3.5 10h13M3.5 13h13",
  out: "M8 3.5H4v13h4M12 6.5l3.5 3.5-3.5 3.5M15.5 10H8",
  moon: "M16 12.2A6.5 6.5 0 0 1 7.8 4 6.5 6.5 0 1 0 16 12.2",
  language: "M3 5h8M7 3v2M9.5 5c-.7 3-2.7 5-5.5 6M5 7.5c1 1.8 2.5 3 4.5 3.7M9.5 17l3.7-9 3.8 9M10.8 14h5",
  lock: "M5 9h10v7.5H5zM7 9V6.5a3 3 0 0 1 6 0V9",
  left: "M12.5 4.5L7 10l5.5 5.5",
  right: "M7.5 4.5L13 10l-5.5 5.5",
  down: "M4.5 7.5L10 13l5.5-5.5",
  link: "M8.5 11.5l3-3M7 9l-2 2a2.8 2.8 0 0 0 4 4l2-2M9 7l2-2a2.8 2.8 0 0 1 4 4l-2 2",
  full: "M4 7.5V4h3.5M12.5 4H16v3.5M16 12.5V16h-3.5M7.5 16H4v-3.5",
};

/** The icon of a name. */
export const icon = (name) =>
  html`<svg class="icon" viewBox="0 0 20 20" aria-hidden="true" focusable="false">
    <path d=${PATHS[name] ?? PATHS.info}></path>
  </svg>`;
