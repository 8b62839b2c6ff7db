// @ts-check
/** How a count grows by scan events, and what keeps a scan from being added to it. Pure. */
import { negationOf, standing, sumOf } from "./scan-events.js";

/** @import { Entry, ScanEvent } from "./types.js" */
/** @import { Details } from "./counts.js" */

/** A longer list makes each further scan slower to write: a further count goes on beside it. */
const MOST_EVENTS = 400;
const MOST_SERIALS = 1_000;
/** Goods that differ in these are counted apart; a code that does not tell one adds to what is there. */
const GOODS = /** @type {const} */ (["mfg_date", "lot", "expiry_date"]);

/**
 * Whether a count is of the same kind, so that a scan adds to it.
 * @param {Entry} entry
 * @param {ScanEvent} event
 * @param {Details} details
 * @param {string} userId
 */
export function mayGrow({ record, state, user_id, events = [] }, event, details, userId) {
  const room = events.length < MOST_EVENTS && record.serial_numbers.length + (event.serials?.length ?? 0) <= MOST_SERIALS;
  const told = GOODS.every((name) => !details[name] || details[name] === record[name]);
  const condition = (record.item_condition ?? "good") === (details.item_condition ?? "good");
  return user_id === userId && state !== "parked" && room && condition && told;
}

/**
 * @param {Entry} entry
 * @param {ScanEvent} event
 * @param {Details} details
 */
export function grownBy(entry, event, { damage_qty = 0, ...details }) {
  const events = [...eventsOf(entry), event];
  const serial_numbers = [...new Set([...entry.record.serial_numbers, ...(event.serials ?? []), ...(details.serial_numbers ?? [])])];
  const damaged = Math.min(entry.record.damage_qty + damage_qty, sumOf(events));
  return { events, record: { ...told(details), ...summedUp(events), serial_numbers, damage_qty: damaged } };
}

/**
 * @param {Entry} entry
 * @param {ScanEvent} event
 */
export function undoneIn(entry, event) {
  const events = [...eventsOf(entry), negationOf(event)];
  const serial_numbers = entry.record.serial_numbers.filter((serial) => !event.serials?.includes(serial));
  const summed = summedUp(events);
  return { events, record: { ...summed, serial_numbers, damage_qty: Math.min(entry.record.damage_qty, summed.verified_qty) } };
}

/**
 * A count whose every scan was taken back says nothing of the item, least of all zero: it is void.
 * @param {ScanEvent[]} events
 */
function summedUp(events) {
  const voided = standing(events).length === 0;
  return { verified_qty: Math.max(0, sumOf(events)), status: /** @type {const} */ ("finalized"), voided };
}

/** A count from before there were events is one act. @param {Entry} entry @returns {ScanEvent[]} */
export function eventsOf({ events, record, saved_at, id }) {
  return events ?? [{ id, at: saved_at, qty: record.verified_qty, by: "typed" }];
}

/** @param {Details} details */
export function told(details) {
  return Object.fromEntries(Object.entries(details).filter(([, value]) => value !== undefined && value !== null && value !== ""));
}
