// @ts-check
/** Quantities as people type them: a comma is a decimal point, three decimals at most, never below zero. */

const MOST = 1e9;
/** "5 then scan" is meant for handfuls; a longer number is a code. */
const MULTIPLIER = /^(\d{1,4}(?:[.,]\d{1,3})?)\s*[x×*]?$/i;

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
 * How many the next scan stands for, where that was typed before it: "5", "5x", "5 ×".
 * @param {string} text
 * @returns {number | null}
 */
export function multiplierOf(text) {
  const n = quantityOf(MULTIPLIER.exec(text.trim())?.[1] ?? "");
  return n ? n : null;
}

/**
 * @param {number} from
 * @param {number} step
 */
export function stepped(from, step) {
  return Math.min(MOST, Math.max(0, Math.round((from + step) * 1000) / 1000));
}
