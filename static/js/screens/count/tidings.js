// @ts-check
/** What a live event means for the session on this screen. */
import { holderOf } from "../../core/floor-map.js";

/** @import { LiveEvent, Progress } from "../../core/types.js" */
/** @import { Session } from "./session.js" */

/**
 * @typedef {object} Meaning
 * @property {Progress} [progress]
 * @property {"active" | "paused"} [status]
 * @property {"lost" | "closed"} [lost]
 * @property {string} [holder]        who has the rack now
 * @property {string} [reason]        why a supervisor stepped in
 * @property {boolean} [beat]         ask the server at once
 * @property {boolean} [handed]       the token went on to another session: nothing was lost
 */

/**
 * @param {string} name
 * @param {LiveEvent} event
 * @param {Session} session
 * @returns {Meaning}
 */
export function meaningOf(name, event, session) {
  if (event.rack_id !== session.rack_id) return {};
  const ours = event.session_id === session.session_id;
  if (name === "session:update") return ours && event.progress ? { progress: event.progress } : {};
  if (name !== "rack:update") return {};
  // The same fence in another session: the token moved, by a hand-over or to another device.
  if (event.type === "claimed" && !ours && (event.fence ?? 0) >= session.fence) {
    const handed = event.fence === session.fence;
    return { lost: "lost", holder: holderOf(event.holder)?.name ?? "", ...(handed && { handed }) };
  }
  if (!ours) return {};
  if (event.type === "paused") return { status: "paused" };
  if (event.type === "resumed") return { status: "active" };
  // Released by a supervisor, expired, sent to recount: the heartbeat's answer says what holds for us.
  const ends = ["released", "expired", "recount", "completed"].includes(event.type);
  return ends ? { beat: true, reason: event.reason ?? "" } : {};
}
