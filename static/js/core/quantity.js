// @ts-check
/** Quantities as people type them: a comma is a decimal point, three decimals at most, never below zero. */

const MOST = 1e9;

/**
 * @param {string} text
 * @returns {number | null} null where it is no quantity
 */
export function quantityOf(text) {
  const plain = text.trim().replace(",", ".");
  if (!/^\d+(\.\d{1,3})?$/.test(plain)) return null;
  const n = Number(plain);
  return n <= MOST ? n : null;
}

/**
 * @param {number} from
 * @param {number} step
 */
export function stepped(from, step) {
  return Math.min(MOST, Math.max(0, Math.round((from + step) * 1000) / 1000));
}

/**
 * Serial numbers of a text, one a line.
 * @param {string} text
 * @returns {{serials: string[], doubles: string[]}}
 */
export function serialsOf(text) {
  const serials = text.split(/[\n\r\t]+/).map((line) => line.trim()).filter(Boolean);
  const doubles = serials.filter((serial, i) => serials.indexOf(serial) !== i);
  return { serials, doubles: [...new Set(doubles)] };
}
