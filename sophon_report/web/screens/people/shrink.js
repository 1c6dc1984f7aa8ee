/** A photo as it is sent: upright, as large as a face needs and no larger, so that a phone's ten megabytes do not. */

const LONGEST_PX = 1600;
const QUALITY = 0.93;
const MAX_SENT_BYTES = 5 << 20;

/**
 * @param {Blob} file as it was chosen
 * @returns {Promise<{blob: Blob, width: number, height: number}>} a JPEG; the file itself and no size when the browser cannot
 *   read it: the box says then what is wrong with it
 * @throws {RangeError} it cannot be made small enough to be sent
 */
export async function shrunk(file) {
  let bitmap;
  try {
    bitmap = await createImageBitmap(file, { imageOrientation: "from-image" });
  } catch {
    if (file.size > MAX_SENT_BYTES) throw new RangeError("too large");
    return { blob: file, width: 0, height: 0 };
  }
  const scale = Math.min(1, LONGEST_PX / Math.max(bitmap.width, bitmap.height));
  const [width, height] = [bitmap.width, bitmap.height].map((side) => Math.max(1, Math.round(side * scale)));
  const blob = await drawn(bitmap, width, height);
  bitmap.close();
  return { blob, width, height };
}

/** What `source` shows now, a bitmap or a video, as a JPEG. */
export function drawn(source, width, height) {
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  const context = canvas.getContext("2d");
  context.fillStyle = "white"; // behind what is transparent
  context.fillRect(0, 0, width, height);
  context.drawImage(source, 0, 0, width, height);
  return new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", QUALITY));
}

/** The bytes of a blob as a `data:` address, for JSON. */
export const asText = (blob) =>
  new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result);
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(blob);
  });
