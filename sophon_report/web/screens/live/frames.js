/**
 * Pictures of cameras as they come: the newest of each is drawn, and while one is being drawn at most one more waits.
 *
 * A picture is a `blob:` address for as long as the browser needs to read it.
 */
import { render, svg } from "../../page/html.js";
import { kindName } from "../../page/parts/people.js";
import { openSocket } from "../../page/socket.js";

/** What a message holds: what is told of the picture, and the picture. */
function frameOf(buffer) {
  const size = new DataView(buffer).getUint32(0);
  const told = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, size)));
  return { ...told, picture: new Blob([new Uint8Array(buffer, 4 + size)], { type: "image/jpeg" }) };
}

/** Words for the faces of a picture, `""` for none. */
export function who(page, faces) {
  const names = faces.filter((each) => each.kind === "known").map((each) => each.name);
  const others = faces.length - names.length;
  if (others) names.push(page.t("live.others", { count: others }));
  return names.join(", ");
}

/**
 * @param {object} page of the screen
 * @param {(frame: object) => void} shown told of each picture that is in the page now
 * @returns {{look: (device_ids: string[], width_px: number) => void, place: (device_id: string, image: Element, boxes: Element) => void}}
 */
export function cameraFrames(page, shown) {
  const places = new Map();
  let wish = { devices: [], width_px: 640 },
    socket = null;

  const heard = (data) => {
    if (typeof data === "string") return;
    const frame = frameOf(data);
    const place = places.get(frame.device_id);
    if (!place) return;
    if (place.isBusy) place.next = frame;
    else show(place, frame);
  };

  function show(place, frame) {
    const address = URL.createObjectURL(frame.picture);
    const over = () => {
      URL.revokeObjectURL(address);
      place.isBusy = false;
      const { next } = place;
      place.next = null;
      if (next) show(place, next);
    };
    place.isBusy = true;
    place.image.onload = () => {
      place.boxes.setAttribute("viewBox", `0 0 ${frame.width} ${frame.height}`);
      render(boxes(page, frame), place.boxes);
      shown(frame);
      over();
    };
    place.image.onerror = over;
    place.image.src = address;
  }

  /** Look at these from now on; nothing is sent while nobody looks at the page. */
  function look(devices, width_px) {
    wish = { devices, width_px };
    tell();
  }
  function tell() {
    const isLooking = wish.devices.length > 0 && !document.hidden;
    if (isLooking && !socket) socket = openSocket(page, "/live/preview", { hello: () => wish, heard });
    else if (isLooking) socket.say(wish);
    else {
      socket?.close();
      socket = null;
    }
  }
  document.addEventListener("visibilitychange", tell, { signal: page.signal });

  return {
    look,
    /** Where the pictures of a device are drawn, and its boxes; without an image: nowhere any more. */
    place(device_id, image, boxesOf) {
      if (image && boxesOf) places.set(device_id, { image, boxes: boxesOf, isBusy: false, next: null });
      else places.delete(device_id);
    },
  };
}

/** The faces of a picture as boxes with names, in its own pixels. */
function boxes(page, { faces, width, height }) {
  const unit = Math.max(width, height) / 100;
  return svg`${faces.map(({ box: [left, top, right, bottom], name, kind }) => {
    const text = kind === "stranger" ? kindName(page, "stranger") : name;
    return svg`<rect class="box ${kind}" x=${left} y=${top} width=${Math.max(0, right - left)} height=${Math.max(0, bottom - top)} stroke-width=${unit / 3}></rect>
      <text class="box-name ${kind}" x=${left} y=${Math.max(unit * 4, top - unit)} font-size=${unit * 4} stroke-width=${unit}>${text}</text>`;
  })}`;
}
