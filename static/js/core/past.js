// @ts-check
/** The stocktake as it went: the map at any moment, from what it was at first and the moves since. Knows no screen. */
import { FloorMap } from "./floor-map.js";

/** @import { LiveEvent, Move, Rack } from "./types.js" */

/** Between two kept maps: a step back costs at most so many moves. */
const STRIDE = 500;

/** @type {Record<string, string>} */
const TYPES = {
  rack_claimed: "claimed", rack_paused: "paused", rack_resumed: "resumed", rack_released: "released",
  rack_completed: "completed", rack_expired: "expired", recount_asked: "recount",
};

export class Past {
  /** @type {{at: number, move: Move}[]} in order */
  #moves = [];
  /** @type {Rack[][]} the racks before each STRIDE moves */
  #kept = [];
  #applied = 0;
  map = new FloorMap();

  /** @param {Rack[]} racks  as they were before the first move */
  constructor(racks) {
    this.map.load(racks);
    this.#kept = [racks];
  }

  get length() {
    return this.#moves.length;
  }

  /** The time of the first move, epoch ms. */
  get start() {
    return this.#moves[0]?.at ?? 0;
  }

  /** The time of the last move. */
  get end() {
    return this.#moves.at(-1)?.at ?? 0;
  }

  /** @param {Move[]} moves  later than all before */
  add(moves) {
    for (const move of moves) this.#moves.push({ at: Date.parse(move.timestamp), move });
  }

  /**
   * Go to a moment.
   * @param {number} at  epoch ms
   * @returns {Set<string> | null} the racks that changed since the moment before; null: any may have
   */
  seek(at) {
    const upto = this.#before(at);
    let changed = /** @type {Set<string> | null} */ (new Set());
    if (upto < this.#applied) {
      const from = Math.min(Math.floor(upto / STRIDE), this.#kept.length - 1);
      this.map.load(this.#kept[from] ?? []);
      this.#applied = from * STRIDE;
      changed = null;
    }
    while (this.#applied < upto) {
      const entry = this.#moves[this.#applied];
      const told = entry && eventOf(entry.move);
      const rack = told && this.map.apply(...told);
      if (rack) {
        // Signs of life are not kept, so nobody of the past is silent.
        this.map.racks.set(rack.rack_id, { ...rack, last_heartbeat: null });
        changed?.add(rack.rack_id);
      }
      this.#applied += 1;
      if (this.#applied % STRIDE === 0 && this.#kept.length === this.#applied / STRIDE) this.#kept.push([...this.map.racks.values()]);
    }
    return changed;
  }

  /** How many moves were made by then. @param {number} at */
  #before(at) {
    let low = 0;
    let high = this.#moves.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#moves[middle]?.at ?? 0) <= at) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/**
 * A move as the live event that it was.
 * @param {Move} move
 * @returns {[string, LiveEvent] | null}
 */
export function eventOf({ action, timestamp: at, rack_id, session_id, status, name, details }) {
  const common = { at, rack_id: rack_id ?? "", session_id, holder: name ? { name } : null };
  if (action === "counted") {
    const { records = 0, items = 0, pieces = 0, expected = null } = details;
    return ["session:update", { ...common, type: "progress", progress: { records, items, pieces, expected } }];
  }
  const type = TYPES[action];
  if (!type) return null;
  return ["rack:update", { ...common, type, status, fence: details["fence"], pass: details["pass"], recount: Boolean(details["recount"]) }];
}
