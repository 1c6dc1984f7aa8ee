/**
 * A WebSocket of the box that comes back: after a break it is opened again, at first soon, then every half minute.
 *
 * It lives as long as its screen. What is heard is handed on; what is to be said at the beginning is asked anew each
 * time, so that whoever knows how far it is can say so.
 */

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 30_000;

/**
 * @param {object} page of the screen
 * @param {string} path below the API, `/live`
 * @param {{hello: () => object, heard: (data: string|ArrayBuffer) => void, changed?: (state: {name: string, since_ms: number}) => void, silence_ms?: number}} of
 *   `changed`: told when it is `connecting`, `connected` or `broken`; `silence_ms`: it counts as broken when nothing came for so long
 * @returns {{say: (value: object) => void, close: () => void}}
 */
export function openSocket(page, path, { hello, heard, changed = () => {}, silence_ms = 0 }) {
  let socket = null,
    waiting = null,
    guard = null,
    tries = 0,
    isOver = false,
    name = "";

  const turn = (next) => {
    if (next === name) return;
    name = next;
    changed({ name, since_ms: Date.now() });
  };
  const watch = () => {
    clearTimeout(guard);
    if (silence_ms && !isOver) guard = setTimeout(broken, silence_ms);
  };

  function connect() {
    clearTimeout(waiting);
    waiting = null;
    const address = new URL(page.api.url(path), location.href);
    address.protocol = address.protocol.replace("http", "ws");
    const mine = new WebSocket(address);
    socket = mine;
    mine.binaryType = "arraybuffer";
    mine.onopen = () => {
      tries = 0;
      turn("connected");
      mine.send(JSON.stringify(hello()));
      watch();
    };
    mine.onmessage = ({ data }) => {
      watch();
      heard(data);
    };
    mine.onclose = () => mine === socket && broken();
  }

  /** Gone, or as good as: the next try comes by itself. */
  function broken() {
    clearTimeout(guard);
    drop();
    if (isOver) return;
    turn("broken");
    const wait_ms = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** tries) * (0.5 + Math.random() / 2);
    tries += 1;
    waiting = setTimeout(connect, wait_ms);
  }

  function drop() {
    const old = socket;
    socket = null;
    if (!old) return;
    old.onopen = old.onmessage = old.onclose = null;
    old.close();
  }

  const soon = () => {
    if (waiting && !document.hidden) connect();
  };
  const close = () => {
    isOver = true;
    clearTimeout(waiting);
    clearTimeout(guard);
    drop();
  };
  page.signal.addEventListener("abort", close, { once: true });
  addEventListener("online", soon, { signal: page.signal });
  document.addEventListener("visibilitychange", soon, { signal: page.signal });
  turn("connecting");
  connect();
  return {
    say: (value) => socket?.readyState === WebSocket.OPEN && socket.send(JSON.stringify(value)),
    close,
  };
}
