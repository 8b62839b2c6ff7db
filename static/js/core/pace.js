// @ts-check
/** How quickly somebody counts, from the moments of their counts. */
import { standing } from "./scan-events.js";

/** @import { Entry } from "./types.js" */

/** What holds for now, not for the whole shift. */
const WINDOW_MS = 15 * 60_000;
/** Of less, nothing can be said. */
const LEAST_MS = 20_000;

/**
 * Moments of the acts of counting that still hold, in their order.
 * @param {Entry[]} entries
 */
export function momentsOf(entries) {
  return entries.flatMap(({ events = [], saved_at }) => (events.length ? standing(events).map(({ at }) => at) : [saved_at])).sort((a, b) => a - b);
}

/**
 * Counts an hour over the last quarter of an hour; null where that cannot be said yet.
 * @param {number[]} moments  epoch ms, in order
 * @param {number} now
 */
export function paceOf(moments, now) {
  const recent = moments.filter((at) => now - at <= WINDOW_MS);
  const span = now - (recent[0] ?? now);
  return span < LEAST_MS ? null : Math.round((recent.length * 3_600_000) / span);
}
