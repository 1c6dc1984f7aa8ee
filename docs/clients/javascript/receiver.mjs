// Receives events by POST and keeps each once: a file by its event_id. Needs nothing but Node.js 18.
//
//   WEBHOOK_SECRET=whsec_... node receiver.mjs PORT FOLDER
import { createHmac, timingSafeEqual } from "node:crypto";
import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, renameSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";

const KEY = Buffer.from(process.env.WEBHOOK_SECRET.slice("whsec_".length), "base64");
const MAX_BYTES = 64 << 20, MAX_SKEW_S = 300;
const [port, folder] = process.argv.slice(2);
mkdirSync(folder, { recursive: true });

createServer({ requestTimeout: 60_000 }, async (request, response) => {
  try {
    response.writeHead(await receive(request)).end();
  } catch { // a full disk, or a sender that broke off
    response.writeHead(503).end();
  }
}).listen(Number(port));

/** Which status an event is answered with. */
async function receive(request) {
  if (!(Number(request.headers["content-length"]) <= MAX_BYTES)) return 413;
  const pieces = [];
  for await (const piece of request) pieces.push(piece);
  const body = Buffer.concat(pieces);
  if (!isSigned(request.headers, body)) return 401;
  let event;
  try {
    event = await read(body, request.headers["content-type"]);
  } catch {
    return 400;
  }
  if (!/^[0-9A-Za-z_-]{1,64}$/.test(event.event_id ?? "")) return 400;
  keep(event);
  return 200;
}

/** As Standard Webhooks has it: with our key, by a clock near to ours. */
function isSigned(headers, body) {
  const [id, at, given] = ["id", "timestamp", "signature"].map((name) => headers[`webhook-${name}`] ?? "");
  if (!/^\d+$/.test(at) || Math.abs(Date.now() / 1000 - Number(at)) > MAX_SKEW_S) return false;
  const wanted = Buffer.from("v1," + createHmac("sha256", KEY).update(`${id}.${at}.`).update(body).digest("base64"));
  return given.split(" ").map((one) => Buffer.from(one)).some((one) => one.length === wanted.length && timingSafeEqual(one, wanted));
}

/** The event: a JSON object, or a form whose tables and lists are JSON. */
async function read(body, type) {
  if (!type.startsWith("multipart/form-data")) return JSON.parse(body);
  const form = await new Response(body, { headers: { "content-type": type } }).formData();
  return Object.fromEntries([...form].map(([name, text]) => [name, readField(text)]));
}

/** A table or a list; all else is a text, also a name such as "[VIP] Ada". */
function readField(text) {
  if (!/^[{[]/.test(text)) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** On the disk when this returns; an event that is there already is left alone. Nothing else runs meanwhile. */
function keep(event) {
  const file = join(folder, `${event.event_id}.json`);
  const fresh = !existsSync(file);
  if (fresh) {
    const part = openSync(`${file}.part`, "w");
    writeFileSync(part, JSON.stringify(event)); // all of it: writeSync ends without an error where the disk is full
    fsyncSync(part);
    closeSync(part);
    renameSync(`${file}.part`, file);
  }
  if (process.platform !== "win32") { // the name of a file is on the disk when its folder is; Windows has no such call
    const directory = openSync(folder);
    fsyncSync(directory);
    closeSync(directory);
  }
  if (fresh) console.log(event.event_id, event.identity_id || "-");
}
