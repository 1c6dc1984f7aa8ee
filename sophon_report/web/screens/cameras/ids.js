/** What cameras are called by programs. Pure. */

/** An id that no camera has: the first number that is free. */
export function freeId(devices) {
  const taken = new Set(devices.map((each) => each.device_id));
  let number = devices.length + 1;
  while (taken.has(`camera-${number}`)) number += 1;
  return `camera-${number}`;
}
