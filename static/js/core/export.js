// @ts-check
/** Counts that the server has not taken, as a file: for a supervisor, or to be safe. Pure. */

/** @import { Entry } from "./types.js" */

/** In the order of a batch's fields; a file of them goes the same way as any batch. */
const COLUMNS = /** @type {const} */ ([
  "client_record_id", "session_id", "rack_id", "floor", "item_code", "verified_qty", "damage_qty", "serial_numbers",
  "uom", "mrp", "status", "created_at", "updated_at",
]);
/** A cell that begins like this would be a formula in a spreadsheet. */
const FORMULA = /^[=+\-@\t\r]/;

/** @param {Entry[]} entries */
export function asJson(entries) {
  const records = entries.map(({ record, state, verdict }) => ({ ...record, state, verdict }));
  return JSON.stringify({ records }, null, 2);
}

/** @param {Entry[]} entries */
export function asCsv(entries) {
  const rows = entries.map(({ record, item_name, state, verdict }) => [
    ...COLUMNS.map((column) => record[column]), item_name, state, verdict?.kind, verdict?.message,
  ]);
  const head = [...COLUMNS, "item_name", "state", "refused_because", "message"];
  return [head, ...rows].map((row) => `${row.map(cell).join(",")}\r\n`).join("");
}

/** @param {unknown} value */
function cell(value) {
  const text = Array.isArray(value) ? value.join(" ") : String(value ?? "");
  const safe = typeof value !== "number" && FORMULA.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
