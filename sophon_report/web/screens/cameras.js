/** The screen "cameras": all of them at `#/cameras`, a new one at `/new`, one to be changed at `/edit/<id>`. */
import { openEditor } from "./cameras/editor.js";
import { openList } from "./cameras/list.js";

export const areas = ["cameras"];

export async function open(page) {
  await page.style("screens/cameras.css");
  const [what, device_id] = page.route.parts;
  if (what === "new") return openEditor(page, null);
  if (what === "edit" && device_id) return openEditor(page, device_id);
  return openList(page);
}
