// @ts-check
/** Heat layers of the rack map: one figure a rack, in five classes whose bounds the legend names. Pure. */

/** @import { Rack } from "./types.js" */

/** @typedef {"progress" | "pace" | "variance" | "damage"} Layer */
/** @typedef {{variance_value: number, damage_qty: number, pieces_per_hour?: number | null}} Figures   of a rack, by the server */

export const CLASSES = 5;
const HOUR_MS = 3_600_000;
/** Of a shorter time no pace can be told. */
const LEAST_MS = 60_000;

/**
 * The figure of a rack in a layer; null where there is none.
 * @param {Layer} layer
 * @param {Rack} rack
 * @param {Figures | undefined} figures
 * @param {number} now
 * @returns {number | null}
 */
export function figureOf(layer, rack, figures, now) {
  if (layer === "progress") return shareOf(rack);
  if (layer === "pace") return paceOf(rack, now) ?? figures?.pieces_per_hour ?? null;
  if (layer === "variance") return figures ? figures.variance_value : null;
  return figures ? figures.damage_qty : null;
}

/** @param {Rack} rack */
function shareOf({ progress }) {
  return progress?.expected ? Math.min(1, progress.items / progress.expected) : null;
}

/**
 * Pieces an hour of who holds the rack now.
 * @param {Rack} rack
 * @param {number} now
 */
function paceOf({ holder, progress, claimed_at: since }, now) {
  const spent = holder && since ? now - Date.parse(since) : 0;
  return spent >= LEAST_MS && progress ? (progress.pieces * HOUR_MS) / spent : null;
}

/**
 * Upper bounds of the classes but the last, so that each class has about as many racks; a share is cut
 * evenly. Of a variance its size counts, not which way it goes.
 * @param {Layer} layer
 * @param {(number | null)[]} figures
 * @returns {number[]}
 */
export function boundsOf(layer, figures) {
  if (layer === "progress") return [0.2, 0.4, 0.6, 0.8];
  const sizes = figures.filter((n) => n !== null).map(Math.abs).filter((n) => n > 0).sort((a, b) => a - b);
  if (!sizes.length) return [];
  const cuts = [1, 2, 3, 4].map((part) => rounded(sizes[Math.floor((part * (sizes.length - 1)) / CLASSES)] ?? 0));
  return [...new Set(cuts)];
}

/**
 * Which class, from 0 on; null where there is no figure.
 * @param {number | null} figure
 * @param {number[]} bounds
 */
export function classOf(figure, bounds) {
  if (figure === null) return null;
  const size = Math.abs(figure);
  const at = bounds.findIndex((bound) => size <= bound);
  const own = at < 0 ? bounds.length : at;
  // Fewer classes than five: the last one is still the top.
  return own === bounds.length && bounds.length ? CLASSES - 1 : own;
}

/** Two digits are enough for a bound that people read. @param {number} n */
function rounded(n) {
  if (n <= 0) return 0;
  const step = 10 ** (Math.floor(Math.log10(n)) - 1);
  return Number((Math.round(n / step) * step).toPrecision(3));
}
