// @ts-check
/** A floor as a grid of places, for its editor. Knows no screen. */

/** @typedef {{row: number, column: number}} Place */
/** @typedef {Place & {rack_id: string, floor: string, status?: string}} PlacedRack */

/** Free rows and columns behind the last rack, so that there is room to put one. */
const ROOM = 2;
const LEAST = 6;
export const LAST_PLACE = 999;

/** @type {Record<string, [number, number]>} */
const STEPS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

/** @param {Place} place */
export const keyOf = ({ row, column }) => `${row}/${column}`;

export class FloorGrid {
  /** @param {PlacedRack[]} racks */
  constructor(racks) {
    /** @type {Map<string, PlacedRack>} */
    this.racks = new Map(racks.map((rack) => [keyOf(rack), rack]));
    const most = (/** @type {"row" | "column"} */ way) => Math.max(0, ...racks.map((rack) => rack[way]));
    this.rows = Math.min(LAST_PLACE, Math.max(LEAST, most("row") + ROOM));
    this.columns = Math.min(LAST_PLACE, Math.max(LEAST, most("column") + ROOM));
  }

  /** @param {Place} place */
  at(place) {
    return this.racks.get(keyOf(place)) ?? null;
  }

  /** @returns {Place[]} row by row */
  get places() {
    const places = [];
    for (let row = 1; row <= this.rows; row += 1) {
      for (let column = 1; column <= this.columns; column += 1) places.push({ row, column });
    }
    return places;
  }

  /**
   * The place that an arrow key leads to; the same one at the edge.
   * @param {Place} from
   * @param {string} key
   * @returns {Place | null} null: it is no arrow key
   */
  step(from, key) {
    const step = STEPS[key];
    if (!step) return null;
    const within = (/** @type {number} */ n, /** @type {number} */ last) => Math.min(last, Math.max(1, n));
    return { row: within(from.row + step[0], this.rows), column: within(from.column + step[1], this.columns) };
  }
}

/**
 * Ids of a row of racks: the last number of the first id counts on, as wide as it is written.
 * @param {string} first   `G-07`
 * @param {number} many
 * @returns {string[] | null} null: several, but the id ends in no number
 */
export function idsFrom(first, many) {
  if (many === 1) return [first];
  const found = /^(.*?)(\d+)$/.exec(first);
  if (!found) return null;
  const [, stem = "", digits = ""] = found;
  return Array.from({ length: many }, (_, n) => stem + String(Number(digits) + n).padStart(digits.length, "0"));
}
