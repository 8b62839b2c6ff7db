// @ts-check
/** Serial numbers as people give them: scanned one after another, pasted from a sheet, or as a range. */

/** The server takes so many a count. */
export const MOST_SERIALS = 1_000;
const LONGEST = 64;

/** Between the ends of a range. A hyphen alone is part of many serials: it needs the same letters on both sides. */
const RANGE = /^(?<head>.*?)(?<from>\d+)\s*(?<sign>-|–|—|\.\.+|…|\s(?:to|से)\s)\s*(?<again>.*?)(?<to>\d+)$/iu;

/**
 * Serial numbers of a text: one a line, or between commas, semicolons or tabs; ranges are written out.
 * @param {string} text
 * @returns {{serials: string[], doubles: string[], tooLong: string[]}}
 */
export function serialsOf(text) {
  const words = text.split(/[\n\r\t,;]+/).map((word) => word.trim()).filter(Boolean);
  const serials = words.flatMap((word) => rangeOf(word) ?? [word]);
  const doubles = doublesOf(serials);
  return { serials, doubles, tooLong: serials.filter((serial) => serial.length > LONGEST) };
}

/**
 * "SN001-SN020" written out; null where it is no range.
 * @param {string} word
 * @returns {string[] | null}
 */
export function rangeOf(word) {
  const { head = "", from = "", sign = "", again = "", to = "" } = RANGE.exec(word)?.groups ?? {};
  if (head !== again || from.length !== to.length || Number(to) <= Number(from)) return null;
  const hyphen = /^[-–—]$/.test(sign);
  if (hyphen && head === "" && !/\s[-–—]\s/.test(word)) return null; // "2024-2031" is a serial
  const n = Number(to) - Number(from) + 1;
  if (n > MOST_SERIALS || from.length > 15) return null;
  return Array.from({ length: n }, (_, i) => head + String(Number(from) + i).padStart(from.length, "0"));
}

/**
 * What stands more than once in a list.
 * @param {string[]} list
 */
export function doublesOf(list) {
  const seen = new Set();
  return [...new Set(list.filter((one) => seen.has(one) || !seen.add(one)))];
}
