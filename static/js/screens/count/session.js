// @ts-check
/** The session this device is at, kept over reloads and restarts. */

import { keepForSure } from "../../core/store.js";

/** @import { Claim, Rack } from "../../core/types.js" */
/** @import { Store } from "../../core/store.js" */

/**
 * @typedef {object} Session
 * @property {string} user_id
 * @property {string} session_id
 * @property {string} rack_id
 * @property {string} floor
 * @property {number} fence
 * @property {number} pass
 * @property {"active" | "paused"} status
 * @property {boolean} [blind]      nobody here is told a book figure
 * @property {number} [started_at]  epoch ms
 * @property {string[]} [recount_items]  the pass is of these items; empty: of all
 */

const KEY = "session";

/**
 * @param {Claim} claim
 * @param {string} userId
 * @returns {Session}
 */
export function ofClaim(claim, userId) {
  const { session_id, rack_id, floor, fencing_token: fence, pass, blind = false, recount_items = [] } = claim;
  return { user_id: userId, session_id, rack_id, floor, fence, pass, blind, recount_items, status: "active", started_at: Date.now() };
}

/**
 * @param {Rack} rack  one that the user holds
 * @param {string} userId
 * @returns {Session}
 */
export function ofRack(rack, userId) {
  const { rack_id, floor, fence, pass, recount_items = [] } = rack;
  const status = rack.status === "paused" ? "paused" : "active";
  const started_at = rack.claimed_at ? Date.parse(rack.claimed_at) : Date.now();
  return { user_id: userId, session_id: rack.session_id ?? "", rack_id, floor, fence, pass, recount_items, status, started_at };
}

/**
 * @param {Store} db
 * @param {string} userId
 * @returns {Promise<Session | null>}
 */
export async function keptSession(db, userId) {
  /** @type {Session | undefined} */
  const kept = await db.get("meta", KEY);
  return kept?.user_id === userId ? kept : null;
}

/**
 * @param {Store} db
 * @param {Session} session
 */
export async function keepSession(db, session) {
  await keepForSure(db, KEY, session);
}

/** @param {Store} db */
export async function forgetSession(db) {
  await db.delete("meta", KEY);
}
