// @ts-check
/** What somebody typed into the form of a schedule, as the server wants it. Pure. */

/** @import { Query } from "./report-query.js" */
/** @typedef {{every: "day" | "week", hour: number, minute: number, weekday: number, zone: string}} Rhythm */
/** @typedef {{copies: number | null, days: number | null}} Keeping */
/** @typedef {{name: string, every: string, time: string, zone: string, copies: string, days: string, mail: string, format: string, webhook: string}} Typed */

/**
 * @param {Typed} typed
 * @param {Query} query
 */
export function wishOf(typed, query) {
  const [hour = 0, minute = 0] = typed.time.split(":").map(Number);
  const isDaily = typed.every === "day";
  return {
    name: typed.name.trim(),
    query,
    rhythm: { every: isDaily ? "day" : "week", hour, minute, weekday: isDaily ? 0 : Number(typed.every), zone: typed.zone },
    keeping: { copies: whole(typed.copies), days: whole(typed.days) },
    receivers: { mail: addressesIn(typed.mail), format: typed.format, webhook: typed.webhook.trim() || null },
  };
}

/**
 * Addresses parted by commas, semicolons or spaces.
 * @param {string} text
 */
export function addressesIn(text) {
  return text.split(/[\s,;]+/).filter(Boolean);
}

/**
 * The time of day of a rhythm, as a clock of its place shows it.
 * @param {Rhythm} rhythm
 */
export function clockOf({ hour, minute }) {
  return `${String(hour).padStart(2, "0")}:${String(minute).padStart(2, "0")}`;
}

/** @param {string} text */
function whole(text) {
  return text.trim() === "" ? null : Number(text);
}
