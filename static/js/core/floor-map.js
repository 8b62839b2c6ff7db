// @ts-check
/** The rack map as data: an old snapshot and an event make a new snapshot. Knows no screen. */

/** @import { Holder, LiveEvent, Progress, Rack, RackStatus } from "./types.js" */

/** @typedef {"available" | "active" | "paused" | "completed" | "recount"} RackLook */

/** @type {RackLook[]} */
export const LOOKS = ["available", "active", "paused", "completed", "recount"];

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

/** A heartbeat older than this is late: one was missed. */
const LATE_MS = 35_000;

/**
 * Whether somebody holds the rack and has not been heard of for too long.
 * @param {Rack} rack
 * @param {number} now  epoch ms
 */
export function isSilent({ holder, last_heartbeat: beat }, now) {
  return Boolean(holder && beat && now - Date.parse(beat) > LATE_MS);
}

/** @returns {Record<RackLook, number>} */
function noRacks() {
  return { available: 0, active: 0, paused: 0, completed: 0, recount: 0 };
}

export class FloorMap {
  constructor() {
    /** @type {Map<string, Rack>} */
    this.racks = new Map();
    /** @type {Map<string, Record<RackLook, number>>} by floor, in the order their racks come */
    this.sums = new Map();
  }

  /** @param {Rack[]} racks */
  load(racks) {
    this.racks = new Map(racks.map((rack) => [rack.rack_id, rack]));
    this.sums = new Map();
    for (const rack of racks) {
      const sums = this.sums.get(rack.floor) ?? noRacks();
      sums[lookOf(rack)] += 1;
      this.sums.set(rack.floor, sums);
    }
  }

  /** @returns {string[]} floor names in the order their racks come */
  get floors() {
    return [...this.sums.keys()];
  }

  /**
   * @param {string} [floor]
   * @returns {Record<RackLook, number>}
   */
  tally(floor) {
    if (floor) return this.sums.get(floor) ?? noRacks();
    const all = noRacks();
    for (const sums of this.sums.values()) {
      for (const look of LOOKS) all[look] += sums[look];
    }
    return all;
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
    const sums = this.sums.get(next.floor);
    if (sums) {
      sums[lookOf(rack)] -= 1;
      sums[lookOf(next)] += 1;
    }
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
    assigned_to: assigneeOf(rack, event),
    ...figuresOf(rack, event),
    ...((startsAnew(rack, event) || !held) && { queue_length: null, queue_age_s: null }),
  };
}

/**
 * A free rack has no figures, as in a snapshot. An expired session's are kept aside: its lease may come back.
 * @param {Rack} rack
 * @param {LiveEvent} event
 * @returns {Pick<Rack, "progress" | "shelved">}
 */
function figuresOf(rack, event) {
  const { progress, shelved = null } = rack;
  if (!progress) return { progress, shelved: null };
  if (event.type === "expired") return { progress: atNothing(progress), shelved: { session_id: rack.session_id, progress } };
  if (event.status === "available") return { progress: atNothing(progress), shelved };
  if (event.type === "claimed" && shelved && shelved.session_id === event.session_id) return { progress: shelved.progress, shelved: null };
  return { progress: startsAnew(rack, event) ? atNothing(progress) : progress, shelved: null };
}

/**
 * An assignment ends with the pass, and when somebody else holds the rack.
 * @param {Rack} rack
 * @param {LiveEvent} event
 */
function assigneeOf({ assigned_to = null }, event) {
  if (event.type === "assigned") return event.assigned_to ?? null;
  if (event.type === "completed" || event.type === "recount") return null;
  const holder = event.type === "claimed" ? holderOf(event.holder) : null;
  return holder && assigned_to && holder.user_id !== assigned_to.user_id ? null : assigned_to;
}

/**
 * @param {Progress} progress
 * @returns {Progress}
 */
function atNothing(progress) {
  return { records: 0, items: 0, pieces: 0, expected: progress.expected };
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
  const ours = held ? rack.session_id : rack.status === "completed" ? rack.last_session_id : null;
  if (!held && rack.status === "available") return null;
  if (ours && event.session_id !== ours) return null;
  const beat = held && BEATS.has(event.type);
  if (!beat && !event.progress) return null;
  return {
    ...rack,
    progress: event.progress ?? rack.progress,
    ...(typeof event.queue_length === "number" && { queue_length: event.queue_length, queue_age_s: event.queue_age_s ?? null }),
    last_heartbeat: beat ? (event.at ?? rack.last_heartbeat) : rack.last_heartbeat,
  };
}
