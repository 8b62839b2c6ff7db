// @ts-check
/**
 * A quantity is the sum of append-only scan events. Nothing is ever taken out of the list: an undo is
 * one more event, with the opposite sign. Pure: lists in, lists and numbers out.
 */

/** @import { ScanEvent } from "./types.js" */

/**
 * @param {Pick<ScanEvent, "qty" | "by"> & Partial<ScanEvent>} fields
 * @param {number} [now]
 * @returns {ScanEvent}
 */
export function scanEvent(fields, now = Date.now()) {
  return { id: crypto.randomUUID(), at: now, ...fields };
}

/** @param {ScanEvent[]} events */
export function sumOf(events) {
  return rounded(events.reduce((sum, { qty }) => sum + qty, 0));
}

/**
 * The events that still hold: those that were taken back, and what took them back, left out.
 * @param {ScanEvent[]} events
 */
export function standing(events) {
  const undone = new Set(events.flatMap(({ undoes }) => undoes ?? []));
  return events.filter(({ id, undoes }) => !undoes && !undone.has(id));
}

/**
 * The event that takes another one back.
 * @param {ScanEvent} event
 * @param {number} [now]
 */
export function negationOf({ id, qty }, now = Date.now()) {
  return scanEvent({ qty: qty === 0 ? 0 : -qty, by: "undo", undoes: id }, now);
}

/**
 * The event that an undo takes back next: the latest that still holds.
 * @param {ScanEvent[]} events
 * @returns {ScanEvent | undefined}
 */
export function lastStanding(events) {
  return standing(events).at(-1);
}

/**
 * How a quantity came about, for a person: single scans add up to one figure, full cases are counted,
 * whatever was typed stands alone. One term only says nothing new, and gives none.
 * @param {ScanEvent[]} events
 * @returns {{times: number, of: number}[]} `times` × `of` each; plain figures have `times` 1
 */
export function termsOf(events) {
  /** @type {Map<string, {times: number, of: number}>} */
  const terms = new Map();
  for (const { id, qty, pack, by } of standing(events)) {
    const single = !pack && Math.abs(qty) === 1 && by !== "typed";
    const key = pack ? `pack ${pack}` : single ? "single" : id;
    const term = terms.get(key) ?? { times: single ? 1 : 0, of: pack ?? 0 };
    if (pack) term.times += qty / pack;
    else if (single) term.of += qty;
    else Object.assign(term, { times: 1, of: qty });
    terms.set(key, term);
  }
  const single = terms.get("single");
  terms.delete("single");
  const all = [...terms.values(), ...(single ? [single] : [])].filter(({ of }) => of !== 0);
  return all.length > 1 || (all[0] && all[0].times !== 1) ? all : [];
}

/**
 * Lots and days of expiry that came with the codes or were typed, each once.
 * @param {ScanEvent[]} events
 * @param {{lot?: string | null, expiry_date?: string | null}} [typed]
 */
export function traceOf(events, { lot = null, expiry_date = null } = {}) {
  const held = standing(events);
  const each = (/** @type {(string | null | undefined)[]} */ all) => [...new Set(all.filter((text) => typeof text === "string"))];
  return { lots: each([lot, ...held.map((one) => one.lot)]), expiries: each([expiry_date, ...held.map((one) => one.expiry)]).sort() };
}

/** Three decimals, so that tenths do not drift. @param {number} n */
export function rounded(n) {
  return Math.round(n * 1000) / 1000;
}
