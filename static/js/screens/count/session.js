// @ts-check
/** The session this device is at, kept over reloads and restarts. */

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
 */

const KEY = "session";

/**
 * @param {Claim} claim
 * @param {string} userId
 * @returns {Session}
 */
export function ofClaim(claim, userId) {
  const { session_id, rack_id, floor, fencing_token: fence, pass } = claim;
  return { user_id: userId, session_id, rack_id, floor, fence, pass, status: "active" };
}

/**
 * @param {Rack} rack  one that the user holds
 * @param {string} userId
 * @returns {Session}
 */
export function ofRack(rack, userId) {
  const { rack_id, floor, fence, pass } = rack;
  const status = rack.status === "paused" ? "paused" : "active";
  return { user_id: userId, session_id: rack.session_id ?? "", rack_id, floor, fence, pass, status };
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
  await db.put("meta", session, KEY);
}

/** @param {Store} db */
export async function forgetSession(db) {
  await db.delete("meta", KEY);
}
