/** Reading a report: CSV as the box writes it. Pure. */

const CELL = /("(?:[^"]|"")*"|[^,\r\n]*)(,|\r?\n|$)/g;
const NAMES = ["row", "label", "what", "reason", "code"];
const GUARDED = /^'(?=[=+\-@\t\r])/;

/**
 * @param {string} text with its heading
 * @returns {{row: string, label: string, what: string, reason: string, code: string}[]}
 */
export function rowsOf(text) {
  const lines = [];
  let cells = [];
  for (const [whole, cell, end] of text.replace(/^\ufeff/, "").matchAll(CELL)) {
    if (!whole) break;
    cells.push(plain(cell));
    if (end === ",") continue;
    lines.push(cells);
    cells = [];
  }
  if (cells.length) lines.push(cells);
  return lines.slice(1).map((line) => Object.fromEntries(NAMES.map((name, index) => [name, line[index] ?? ""])));
}

/** A cell without its quotes, and without the apostrophe that keeps sheets from reading it as a formula. */
const plain = (cell) =>
  (cell.startsWith('"') ? cell.slice(1, -1).replaceAll('""', '"') : cell).replace(GUARDED, "");
