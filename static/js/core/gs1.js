// @ts-check
/**
 * GS1 element strings, split by a library (gs1-barcode-parser-mod): with FNC1 as GS, as scanners send
 * it, or in brackets, as people read it. Keys and check digits of trade items are here.
 */
// @ts-expect-error it comes without types
import { parseBarcode } from "gs1-barcode-parser-mod";

/** AIM symbology identifiers whose data is an element string: GS1-128, DataBar, DataMatrix, QR, Aztec, DotCode. */
const CARRIERS = /^\](C1|e0|d2|Q3|J1|z3)/;
/** What scanners send where they cannot send the control character. */
const GS_SPELT = /␝|<GS>|\{GS\}|\^\]|\\x1d|\\u001d/gi;

/**
 * @typedef {object} Elements
 * @property {string} [gtin]     14 digits
 * @property {string} [serial]
 * @property {string} [lot]
 * @property {string} [expiry]   YYYY-MM-DD
 * @property {string} [made]     YYYY-MM-DD
 * @property {number} [count]    pieces
 * @property {{ai: string, title: string, value: string}[]} all
 */

/**
 * The parts of an element string; null where the text is none. Plain digits count as one only if they
 * begin with a trade item number whose check digit is right: an item code must never be cut up.
 * @param {string} text
 * @returns {Elements | null}
 */
export function elementsOf(text) {
  const code = text.replace(GS_SPELT, "\x1d");
  const sure = CARRIERS.test(code) || /^\(\d{2,4}\)/.test(code) || code.startsWith("\x1d");
  const likely = /^0[12]\d{14}/.test(code) && hasCheckDigit(code.slice(2, 16));
  if (!sure && !likely) return null;
  try {
    return elementsFrom(parseBarcode(code.startsWith("\x1d") ? `]C1${code.slice(1)}` : code).parsedCodeItems);
  } catch {
    return null; // the library throws texts at what does not follow the standard
  }
}

/**
 * @param {{ai: string, dataTitle: string, data: unknown, raw: string, isoDate: string}[]} items
 * @returns {Elements}
 */
function elementsFrom(items) {
  const value = (/** @type {string[]} */ ...ais) => items.find(({ ai }) => ais.includes(ai))?.raw || undefined;
  const day = (/** @type {string[]} */ ...ais) => items.find(({ ai }) => ais.includes(ai))?.isoDate || undefined;
  const count = Number(value("37", "30"));
  const found = {
    gtin: value("01", "02"),
    serial: value("21"),
    lot: value("10"),
    expiry: day("17", "15"),
    made: day("11"),
    count: Number.isSafeInteger(count) && count > 0 ? count : undefined,
  };
  const told = Object.entries(found).filter(([, what]) => what !== undefined);
  const all = items.map(({ ai, dataTitle, raw, isoDate }) => ({ ai, title: dataTitle, value: isoDate || raw }));
  return { ...Object.fromEntries(told), all };
}

/**
 * Whether digits end in the check digit of a GTIN, of any length.
 * @param {string} digits
 */
export function hasCheckDigit(digits) {
  return /^\d{8,14}$/.test(digits) && checkDigit(digits.slice(0, -1)) === digits.at(-1);
}

/** @param {string} digits  without the check digit */
export function checkDigit(digits) {
  const sum = [...digits].reverse().reduce((all, digit, i) => all + Number(digit) * (i % 2 ? 1 : 3), 0);
  return String((10 - (sum % 10)) % 10);
}

/**
 * The ways one trade item number is written, as it stands first: 14 digits, EAN-13, UPC-A, EAN-8.
 * @param {string} digits
 * @returns {string[]}
 */
export function spellingsOf(digits) {
  if (!hasCheckDigit(digits)) return [digits];
  const gtin = digits.padStart(14, "0");
  const lengths = [13, 12, 8].filter((n) => /^0*$/.test(gtin.slice(0, 14 - n)));
  return [...new Set([digits, ...lengths.map((n) => gtin.slice(14 - n)), gtin])];
}

/**
 * The piece inside a case, whose first digit says that it is a case: the same number with its own check
 * digit. Null where the number is a piece's own.
 * @param {string} gtin  14 digits
 */
export function pieceInside(gtin) {
  if (!/^[1-8]\d{13}$/.test(gtin) || !hasCheckDigit(gtin)) return null;
  const body = gtin.slice(1, 13);
  return body + checkDigit(body);
}
