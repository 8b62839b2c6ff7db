// @ts-check
/** A rack sheet as a CSV file: made to be filled in, and read back; each line becomes a record with an id of its own. */

/** @import { CountRecord, Sheet } from "./types.js" */

export const COLUMNS = ["sheet", "rack", "pass", "line", "item_code", "item_name", "counted", "damaged"];

/** @typedef {{item_code: string, counted: number, damaged: number}} Filled */
/** @typedef {{line: number, why: "number" | "damaged" | "code" | "twice" | "other", id?: string}} Bad */
/** @typedef {{filled: Filled[], empty: number, bad: Bad[], hasColumns: boolean}} Read */

/** @param {Sheet} sheet */
export function csvOf(sheet) {
  const rows = sheet.lines.map((line, i) => [sheet.sheet_id, sheet.rack_id, sheet.pass, i + 1, line.item_code, line.item_name, "", ""]);
  return `\uFEFF${[COLUMNS, ...rows].map((row) => row.map(cell).join(",")).join("\r\n")}\r\n`;
}

/**
 * What a filled file says. An empty field is not counted, which is not zero.
 * @param {string} text
 * @param {string} sheetId  of the sheet that is due
 * @returns {Read}
 */
export function readSheet(text, sheetId) {
  const [head = [], ...rows] = tableOf(text.replace(/^\uFEFF/, ""));
  const at = (/** @type {string} */ name) => head.findIndex((column) => column.trim().toLowerCase() === name);
  const [item, counted, damaged, sheet] = [at("item_code"), at("counted"), at("damaged"), at("sheet")];
  /** @type {Read} */
  const read = { filled: [], empty: 0, bad: [], hasColumns: item >= 0 && counted >= 0 };
  if (!read.hasColumns) return read;
  const seen = new Set();
  rows.forEach((row, i) => {
    const told = (/** @type {number} */ place) => (row[place] ?? "").trim();
    const bad = (/** @type {Bad["why"]} */ why, id = "") => read.bad.push({ line: i + 2, why, ...(id && { id }) });
    const code = unguarded(told(item));
    if (row.every((each) => each.trim() === "")) return;
    if (told(sheet) && told(sheet) !== sheetId) return bad("other", told(sheet));
    if (told(counted) === "" && told(damaged) === "") return void (read.empty += 1);
    if (!code) return bad("code");
    if (seen.has(code)) return bad("twice");
    seen.add(code);
    const [pieces, broken] = [quantity(told(counted)), quantity(told(damaged) || "0")];
    if (pieces === null || broken === null) return bad("number");
    if (broken > pieces) return bad("damaged");
    read.filled.push({ item_code: code, counted: pieces, damaged: broken });
  });
  return read;
}

/**
 * The records of a filled sheet. Their ids come from sheet and item, so that the same sheet counts once.
 * @param {Sheet} sheet
 * @param {Filled[]} filled
 * @param {{sessionId: string, deviceId: string, now: Date}} where
 * @returns {CountRecord[]}
 */
export function recordsOf(sheet, filled, { sessionId, deviceId, now }) {
  const at = now.toISOString();
  return filled.map(({ item_code, counted, damaged }) => ({
    client_record_id: `${sheet.sheet_id}-${item_code}`,
    session_id: sessionId,
    rack_id: sheet.rack_id,
    floor: sheet.floor,
    item_code,
    verified_qty: counted,
    damage_qty: damaged,
    serial_numbers: [],
    status: "finalized",
    created_at: at,
    updated_at: at,
    device_id: deviceId,
  }));
}

/** A spreadsheet must not take a name for a formula. @param {string | number} value */
function cell(value) {
  const text = String(value);
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** @param {string} code */
function unguarded(code) {
  return /^'[=+\-@]/.test(code) ? code.slice(1) : code;
}

/** @param {string} text */
function quantity(text) {
  const told = /^\d+([.,]\d+)?$/.test(text) ? Number(text.replace(",", ".")) : NaN;
  return Number.isFinite(told) ? told : null;
}

/**
 * Rows and cells of CSV text, separated by commas or, as many spreadsheets have it, semicolons.
 * @param {string} text
 */
function tableOf(text) {
  const first = text.slice(0, text.search(/\r|\n|$/));
  const separator = first.split(";").length > first.split(",").length ? ";" : ",";
  /** @type {string[][]} */
  const rows = [[""]];
  let isQuoted = false;
  for (let i = 0; i < text.length; i += 1) {
    const char = text[i] ?? "";
    const row = /** @type {string[]} */ (rows.at(-1));
    const last = row.length - 1;
    if (isQuoted && char === '"' && text[i + 1] === '"') row[last] += text[++i] ?? "";
    else if (char === '"') isQuoted = !isQuoted;
    else if (!isQuoted && char === separator) row.push("");
    else if (!isQuoted && (char === "\n" || char === "\r")) {
      if (char === "\r" && text[i + 1] === "\n") i += 1;
      rows.push([""]);
    } else row[last] += char;
  }
  return rows;
}
