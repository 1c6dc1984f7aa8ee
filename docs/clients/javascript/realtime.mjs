// Keeps every event of a box in a folder, with its face: none is missed, none is kept twice.
//
//   node realtime.mjs ws://box:5679 FOLDER [v2|v1]        Node.js 22; 20 and 21: node --experimental-websocket
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const CONFIGURATIONS = {
  v2: { with_face_image: true, with_register_image: false },
  v1: { need_face: true, need_register: false },
};
const LONGEST_WAIT_MS = 30_000;
const [url, folder, dialect = "v2"] = process.argv.slice(2);
mkdirSync(folder, { recursive: true });
let waitMs = 1000;

/** Take events for ever; come back after a loss, later each time. */
function follow() {
  const socket = new WebSocket(url); // it may be quiet for hours; TCP keepalive, set by Node.js, finds a dead line
  let ended = false;
  const end = (why) => { // a failure is told as an error, as a close, or as both
    if (ended) return;
    ended = true;
    console.error(`${why}; again in ${waitMs} ms`);
    setTimeout(follow, waitMs * (0.5 + Math.random() / 2));
    waitMs = Math.min(2 * waitMs, LONGEST_WAIT_MS);
    socket.close();
  };
  socket.onopen = () => socket.send(JSON.stringify({ ...CONFIGURATIONS[dialect], since: lastNumber() }));
  socket.onmessage = ({ data }) => {
    if (ended) return;
    try {
      keep(JSON.parse(data), data);
      waitMs = 1000;
    } catch (error) { // a full disk: nothing after this event may be kept before it is
      end(error.message);
    }
  };
  socket.onerror = ({ message }) => end(message || "no connection");
  socket.onclose = ({ code, reason }) => end(`closed: ${code} ${reason}`);
}

/** The event first, its number last: what breaks off in between comes again, and is known by its file. */
function keep(event, message) {
  const id = event.event_id;
  if (!/^[0-9A-Za-z]+$/.test(id ?? "")) throw new Error("the id of an event becomes a file name");
  if (event.resume_gone) console.error("events before this one are gone");
  const file = join(folder, `${id}.json`);
  if (!existsSync(file)) {
    const face = event.recognize_face_image ?? event.ext_data?.recognize_face ?? "";
    writeFileSync(join(folder, `${id}.jpg`), face.slice(face.indexOf(",") + 1), "base64");
    write(file, message);
    console.log(id, event.media_device_id ?? event.device_id, event.identity_id || "-");
  }
  if (event.seq) write(join(folder, "since"), String(event.seq));
}

/** Number of the last event that is kept; 0, before there is one, asks for all that the box still has. */
function lastNumber() {
  const file = join(folder, "since");
  return existsSync(file) ? Number(readFileSync(file, "utf8")) : 0;
}

/** Whole or not at all. */
function write(file, content) {
  writeFileSync(`${file}.part`, content);
  renameSync(`${file}.part`, file);
}

follow();
