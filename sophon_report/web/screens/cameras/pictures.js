/** Pictures of running cameras: one at a time, so that recognition is not held up; each is let go when a newer one comes. */

const EVERY_MS = 8000;

/**
 * @param {object} page of the screen
 * @param {() => {device_id: string, state: string}[]} devices those of the moment
 * @returns {{src: (device_id: string) => string, close: () => void}} `src`: an address for an `<img>`, "" while there is none
 */
export function devicePictures(page, devices) {
  const shown = new Map();

  const drop = (device_id) => {
    URL.revokeObjectURL(shown.get(device_id));
    shown.delete(device_id);
  };
  async function look(device_id) {
    try {
      const picture = await page.api.blob(`/devices/${encodeURIComponent(device_id)}/picture`, {
        signal: page.signal,
      });
      drop(device_id);
      shown.set(device_id, URL.createObjectURL(picture));
      page.draw();
    } catch (error) {
      // Its state says why there is none; what was shown last stays until then.
      if (error.name === "AbortError") throw error;
    }
  }
  page.every(EVERY_MS, async () => {
    const online = devices().filter(({ state }) => state === "online");
    for (const device_id of shown.keys()) {
      if (!online.some((each) => each.device_id === device_id)) drop(device_id);
    }
    for (const { device_id } of online) await look(device_id);
  });

  return {
    src: (device_id) => shown.get(device_id) ?? "",
    close: () => [...shown.keys()].forEach(drop),
  };
}
