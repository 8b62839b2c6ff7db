// @ts-check
/** Walking from rack to rack with the arrow keys. */

/** @import { RackTile } from "./rack-tile.js" */

/** @typedef {[row: number, column: number]} Step */

/** @type {Record<string, Step>} */
const STEPS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

/** @param {string} key */
export function stepOf(key) {
  return STEPS[key];
}

/**
 * The nearest tile of the same floor in the direction of a step.
 * @param {RackTile} from
 * @param {Step} step
 * @param {Iterable<RackTile>} tiles
 */
export function tileAfter(from, [down, right], tiles) {
  const { row, column, floor } = from.rack;
  /** @type {[number, RackTile][]} */
  const ahead = [];
  for (const tile of tiles) {
    if (tile.rack.floor !== floor || tile === from) continue;
    const dr = tile.rack.row - row;
    const dc = tile.rack.column - column;
    const along = dr * down + dc * right;
    const aside = Math.abs(dr * right) + Math.abs(dc * down);
    if (along > 0) ahead.push([along + 10 * aside, tile]);
  }
  return ahead.sort(([a], [b]) => a - b)[0]?.[1];
}
