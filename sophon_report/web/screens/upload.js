/** Upload: who is sent events, how far that is, and what was not taken. */
import { openForm } from "./upload/form.js";
import { openList } from "./upload/list.js";
import { openRefused } from "./upload/refused.js";

export const areas = ["upload"];

const PARTS = { new: openForm, edit: openForm, refused: openRefused };

export async function open(page) {
  await page.style("screens/upload.css");
  const [part, name] = page.route.parts;
  return (PARTS[part] ?? openList)(page, name);
}
