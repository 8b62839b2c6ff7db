// @ts-check
/** The rack map as data: an old snapshot and an event make a new snapshot. Knows no screen. */

/** @import { Holder, LiveEvent, Rack, RackStatus } from "./types.js" */

/** @typedef {"available" | "active" | "paused" | "completed" | "recount"} RackLook */

/** Session events after which the session no longer moves its rack's figures. */
const BEATS = new Set(["started", "heartbeat", "progress", "resumed"]);

/**
 * What a rack looks like on the map: an available rack that waits for a recount stands out.
 * @param {Pick<Rack, "status" | "recount">} rack
 * @returns {RackLook}
 */
export function lookOf(rack) {
  return rack.status === "available" && rack.recount ? "recount" : rack.status;
}

/**
 * Old servers send the holder's name only.
 * @param {Holder | string | null | undefined} holder
 * @returns {Holder | null}
 */
export function holderOf(holder) {
  if (!holder) return null;
  return typeof holder === "string" ? { name: holder } : holder;
}

export class FloorMap {
  constructor() {
    /** @type {Map<string, Rack>} */
    this.racks = new Map();
  }

  /** @param {Rack[]} racks */
  load(racks) {
    this.racks = new Map(racks.map((rack) => [rack.rack_id, rack]));
  }

  /** @returns {string[]} floor names in the order their racks come */
  get floors() {
    return [...new Set([...this.racks.values()].map(({ floor }) => floor))];
  }

  /**
   * @param {string} [floor]
   * @returns {Record<RackLook, number>}
   */
  tally(floor) {
    const sums = { available: 0, active: 0, paused: 0, completed: 0, recount: 0 };
    for (const rack of this.racks.values()) if (!floor || rack.floor === floor) sums[lookOf(rack)] += 1;
    return sums;
  }

  /**
   * Apply one live event.
   * @param {string} name
   * @param {LiveEvent} event
   * @returns {Rack | null} the rack as it is now, where it changed
   */
  apply(name, event) {
    const rack = event.rack_id ? this.racks.get(event.rack_id) : undefined;
    const next = rack && change(rack, name, event);
    if (!next) return null;
    this.racks.set(next.rack_id, next);
    return next;
  }
}

/**
 * @param {Rack} rack
 * @param {string} name
 * @param {LiveEvent} event
 * @returns {Rack | null}
 */
function change(rack, name, event) {
  if (name === "rack:update") return moved(rack, event);
  if (name === "session:update") return beaten(rack, event);
  if (name === "conflict:new") return { ...rack, open_conflicts: (rack.open_conflicts ?? 0) + 1 };
  if (name === "conflict:resolved") return { ...rack, open_conflicts: Math.max(0, (rack.open_conflicts ?? 0) - 1) };
  return null;
}

/**
 * @param {Rack} rack
 * @param {LiveEvent} event
 * @returns {Rack}
 */
function moved(rack, event) {
  const held = event.status === "active" || event.status === "paused";
  const claimed = event.type === "claimed";
  const at = event.at ?? null;
  return {
    ...rack,
    status: /** @type {RackStatus} */ (event.status ?? rack.status),
    recount: event.recount ?? rack.recount,
    fence: event.fence ?? rack.fence,
    pass: event.pass ?? rack.pass,
    session_id: held ? (event.session_id ?? rack.session_id) : null,
    last_session_id: event.session_id ?? rack.session_id ?? rack.last_session_id ?? null,
    holder: held ? (holderOf(event.holder) ?? rack.holder) : null,
    claimed_at: claimed ? at : rack.claimed_at,
    last_heartbeat: claimed || event.type === "renewed" || event.type === "resumed" ? at : rack.last_heartbeat,
    progress: startsAnew(rack, event) ? atNothing(rack.progress) : rack.progress,
    ...((startsAnew(rack, event) || !held) && { queue_length: null, queue_age_s: null }),
  };
}

/**
 * @param {Rack["progress"]} progress
 * @returns {Rack["progress"]}
 */
function atNothing(progress) {
  return progress && { records: 0, items: 0, pieces: 0, expected: progress.expected };
}

/**
 * A new pass, or a new claim by another session, counts from nothing.
 * @param {Rack} rack
 * @param {LiveEvent} event
 */
function startsAnew(rack, event) {
  if (event.pass !== undefined && event.pass !== rack.pass) return true;
  return event.type === "claimed" && event.session_id !== (rack.session_id ?? rack.last_session_id);
}

/**
 * @param {Rack} rack
 * @param {LiveEvent} event
 * @returns {Rack | null}
 */
function beaten(rack, event) {
  const held = rack.status === "active" || rack.status === "paused";
  if (held && rack.session_id && event.session_id !== rack.session_id) return null;
  const beat = BEATS.has(event.type);
  if (!beat && !event.progress) return null;
  return {
    ...rack,
    progress: event.progress ?? rack.progress,
    ...(typeof event.queue_length === "number" && { queue_length: event.queue_length, queue_age_s: event.queue_age_s ?? null }),
    last_heartbeat: beat ? (event.at ?? rack.last_heartbeat) : rack.last_heartbeat,
  };
}
