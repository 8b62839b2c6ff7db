// @ts-check
/** Which racks a supervisor asks for: by state, floor, and what is wrong; and the search for a rack or person. Pure. */
import { isSilent, lookOf } from "./floor-map.js";

/** @import { Rack } from "./types.js" */

/**
 * @typedef {object} Wish
 * @property {Set<string>} off        looks that are switched off
 * @property {string} floor           "" for all
 * @property {Set<string>} only       of `conflicts`, `silent`, `assigned`: racks with any of these
 * @property {string} words           part of a rack's code, zone or a person's name
 */

/** @type {Record<string, (rack: Rack, now: number) => boolean>} */
export const TRAITS = {
  conflicts: ({ open_conflicts: n }) => Boolean(n),
  silent: isSilent,
  assigned: ({ assigned_to: to }) => Boolean(to),
};

/**
 * @param {Rack} rack
 * @param {Wish} wish
 * @param {number} now
 */
export function isWanted(rack, { off, floor, only, words }, now) {
  if (off.has(lookOf(rack)) || (floor && rack.floor !== floor)) return false;
  if (only.size && ![...only].some((trait) => TRAITS[trait]?.(rack, now))) return false;
  return isFound(rack, words);
}

/**
 * Each word is somewhere in the rack's code, its zone, or the name of who has it or shall have it.
 * @param {Rack} rack
 * @param {string} words
 */
export function isFound(rack, words) {
  if (!words) return true;
  const { rack_id: code, zone, holder, assigned_to: to } = rack;
  const told = [code, code.replace("-", ""), zone, holder?.name, holder?.username, to?.name].join(" ").toLowerCase();
  return words.toLowerCase().split(/\s+/).every((word) => told.includes(word));
}

/**
 * The rack that the words mean before all others: of that code, else the first that is found.
 * @param {Iterable<Rack>} racks
 * @param {string} words
 */
export function firstFound(racks, words) {
  const found = [...racks].filter((rack) => isFound(rack, words));
  const plain = words.trim().toLowerCase();
  return found.find(({ rack_id: code }) => code.toLowerCase() === plain || code.replace("-", "").toLowerCase() === plain) ?? found[0];
}

/**
 * How many racks have each trait.
 * @param {Iterable<Rack>} racks
 * @param {number} now
 */
export function traitsOf(racks, now) {
  /** @type {Record<string, number>} */
  const sums = { conflicts: 0, silent: 0, assigned: 0 };
  for (const rack of racks) for (const [name, has] of Object.entries(TRAITS)) if (has(rack, now)) sums[name] = (sums[name] ?? 0) + 1;
  return sums;
}
