// @ts-check
/** The scan events of a count as they travel: few, with the same sum. Pure. */
import { rounded, sumOf } from "./scan-events.js";

/** @import { ScanEvent, SentScan } from "./types.js" */

/** More of them are added up, the oldest first: a batch has 2 MiB, and each revision keeps its own. */
export const MOST_SENT = 40;
/** Different cases that stay told apart in what is added up. */
const MOST_KINDS = 8;
/** What the server takes for the same sum. */
const TOLERANCE = 1e-7;

/**
 * How a quantity came about. Nothing where that is not known: the server refuses scans that do not add up.
 * @param {ScanEvent[] | undefined} events
 * @param {number} qty
 * @returns {SentScan[] | null}
 */
export function sentScans(events, qty) {
  if (!events?.length || Math.abs(sumOf(events) - qty) > TOLERANCE) return null;
  if (events.length <= MOST_SENT) return events.map(sent);
  const recent = MOST_SENT - MOST_KINDS;
  return [...addedUp(events.slice(0, -recent)), ...events.slice(-recent).map(sent)];
}

/** @param {ScanEvent} event @returns {SentScan} */
function sent({ qty, at, by, pack }) {
  return { qty, at: new Date(at).toISOString(), by, ...(pack && { pack }) };
}

/**
 * One scan a kind of case, and one of all single pieces.
 * @param {ScanEvent[]} events
 * @returns {SentScan[]}
 */
function addedUp(events) {
  /** @type {Map<number, ScanEvent[]>} */
  const kinds = new Map();
  const packOf = new Map(events.map(({ id, pack = 0 }) => [id, pack]));
  for (const event of events) {
    const pack = event.pack ?? packOf.get(event.undoes ?? "") ?? 0;
    const kind = kinds.has(pack) || kinds.size < MOST_KINDS - 1 ? pack : 0;
    kinds.set(kind, [...(kinds.get(kind) ?? []), event]);
  }
  return [...kinds].map(([pack, all]) => {
    const at = new Date(all.at(-1)?.at ?? 0).toISOString();
    return { qty: rounded(sumOf(all)), at, by: "sum", ...(pack && { pack }) };
  });
}
