// @ts-check
/** Three fields that make a tolerance. */
import { limitOf } from "../../core/tolerance.js";
import { part } from "../../elements/parts.js";

/** @import { Tolerance } from "../../core/types.js" */

const LIMITS = /** @type {const} */ (["pieces", "percent", "value"]);

/**
 * @param {ParentNode} root
 * @returns {Tolerance}
 */
export function toleranceIn(root) {
  const [pieces, percent, value] = LIMITS.map((name) => limitOf(part(root, name, HTMLInputElement).value));
  return { pieces: pieces ?? null, percent: percent ?? null, value: value ?? null };
}

/**
 * @param {ParentNode} root
 * @param {Tolerance} tolerance
 */
export function putTolerance(root, tolerance) {
  for (const name of LIMITS) part(root, name, HTMLInputElement).value = tolerance[name] === null ? "" : String(tolerance[name]);
}
