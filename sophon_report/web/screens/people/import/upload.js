/** A file given to the box, with how far it is: `fetch` cannot tell that. */
import { Problem } from "../../../page/api.js";

/**
 * @param {object} page of the screen
 * @param {File} file
 * @param {(sent_bytes: number) => void} told
 * @param {AbortSignal} signal breaks it off
 * @returns {Promise<{upload_id: string, name: string, file: string, size_bytes: number}>} raises a Problem
 */
export function giveFile(page, file, told, signal) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const left = () => reject(new DOMException("left", "AbortError"));
    request.open("POST", page.api.url(`/uploads?name=${encodeURIComponent(plainName(file.name))}`));
    request.setRequestHeader("X-Sophon-Page", "1");
    request.setRequestHeader("Content-Type", "application/octet-stream");
    request.upload.onprogress = (event) => told(event.loaded);
    request.onerror = () => reject(new Problem("NO_CONNECTION", ""));
    request.onabort = left;
    request.onload = () => {
      const answer = read(request.responseText);
      if (request.status < 300) return resolve(answer);
      reject(new Problem(answer.code || "NO_CONNECTION", answer.detail || "", answer.errors || [], request.status));
    };
    if (signal.aborted) return left();
    signal.addEventListener("abort", () => request.abort(), { once: true });
    request.send(file);
  });
}

/** A name as the box takes it: no folders, and a letter first. */
const plainName = (name) => name.replace(/^.*[/\\]/, "").replace(/^[.\-~ ]+/, "") || "import.zip";

function read(text) {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}
