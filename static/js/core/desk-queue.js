// @ts-check
/** The desk's queue: what is shown, which one is open, which are picked, and what a colleague settled meanwhile. */

/** @import { Conflict, LiveEvent } from "./types.js" */

/** @typedef {{type: string, floor: string, rack: string, olderThan: number, status: "open" | "resolved", sort: "oldest" | "newest"}} Filter */
/** @typedef {{by: string, name: string, resolution: string, at: string}} Settled */

export const PAGE = 100;
/** The server gives so many a page. */
const MOST = 200;

/** @type {Filter} */
export const NO_FILTER = { type: "", floor: "", rack: "", olderThan: 0, status: "open", sort: "oldest" };

export class DeskQueue {
  /** @type {Conflict[]} */
  lines = [];
  /** @type {Set<string>} */
  picked = new Set();
  /** Settled by somebody else while they are shown here. @type {Map<string, Settled>} */
  settled = new Map();
  /** @type {string | null} */
  current = null;
  /** @type {string | null} */
  cursor = null;
  /** Where a pick by range begins. @type {string | null} */
  #anchor = null;

  /**
   * The first page anew: what is picked and what is fading stays.
   * @param {Conflict[]} lines
   * @param {string | null} cursor
   */
  load(lines, cursor) {
    const fresh = new Set(lines.map(({ conflict_id }) => conflict_id));
    const place = this.#index(this.current);
    const fading = this.lines.filter(({ conflict_id: id }) => this.settled.has(id) && !fresh.has(id));
    const all = [...lines];
    for (const line of fading) all.splice(Math.min(this.lines.indexOf(line), all.length), 0, line);
    this.lines = all;
    this.cursor = cursor;
    this.#forget();
    if (this.current === null) this.current = this.lines[Math.max(0, Math.min(place, this.lines.length - 1))]?.conflict_id ?? null;
  }

  /**
   * @param {Conflict[]} lines
   * @param {string | null} cursor
   */
  add(lines, cursor) {
    const known = new Set(this.lines.map(({ conflict_id }) => conflict_id));
    this.lines.push(...lines.filter(({ conflict_id }) => !known.has(conflict_id)));
    this.cursor = cursor;
  }

  get size() {
    return Math.min(MOST, Math.max(PAGE, this.lines.length));
  }

  /** The one that is open. @returns {Conflict | undefined} */
  get line() {
    return this.lines[this.#index(this.current)];
  }

  /** @param {1 | -1} step */
  move(step) {
    const next = this.lines[Math.max(0, Math.min(this.lines.length - 1, this.#index(this.current) + step))];
    if (next) this.current = next.conflict_id;
    return this.current;
  }

  /** @param {string} id */
  pick(id) {
    if (!this.picked.delete(id) && !this.settled.has(id)) this.picked.add(id);
    this.#anchor = id;
  }

  /** Pick all from the last one that was picked to this one. @param {string} id */
  pickTo(id) {
    const [from, to] = [this.#index(this.#anchor ?? this.current), this.#index(id)].sort((a, b) => a - b);
    for (const line of this.lines.slice(Math.max(0, from ?? 0), (to ?? 0) + 1)) {
      if (!this.settled.has(line.conflict_id)) this.picked.add(line.conflict_id);
    }
    this.#anchor = id;
  }

  pickAll() {
    for (const { conflict_id: id } of this.lines.slice(0, MOST)) if (!this.settled.has(id)) this.picked.add(id);
  }

  /** @returns {Conflict[]} */
  get pickedLines() {
    return this.lines.filter(({ conflict_id }) => this.picked.has(conflict_id));
  }

  /**
   * Somebody settled it: it stays to be seen until `remove`.
   * @param {string} id
   * @param {Settled} settled
   * @returns {boolean} whether it is shown here
   */
  settle(id, settled) {
    if (this.#index(id) < 0) return false;
    this.settled.set(id, settled);
    this.picked.delete(id);
    return true;
  }

  /** @param {Iterable<string>} ids */
  remove(ids) {
    const gone = new Set(ids);
    const place = this.#index(this.current);
    this.lines = this.lines.filter(({ conflict_id }) => !gone.has(conflict_id));
    for (const id of gone) this.settled.delete(id);
    this.#forget();
    if (this.current === null) this.current = this.lines[Math.min(place, this.lines.length - 1)]?.conflict_id ?? null;
  }

  #forget() {
    const here = new Set(this.lines.map(({ conflict_id }) => conflict_id));
    this.picked = new Set([...this.picked].filter((id) => here.has(id)));
    if (this.current && !here.has(this.current)) this.current = null;
  }

  /** @param {string | null} id */
  #index(id) {
    return this.lines.findIndex(({ conflict_id }) => conflict_id === id);
  }
}

/**
 * @param {Filter} filter
 * @param {{limit?: number, cursor?: string | null}} [page]
 */
export function queryOf({ type, floor, rack, olderThan, status, sort }, { limit = PAGE, cursor } = {}) {
  const asked = { type, floor, rack, older_than: olderThan ? String(olderThan) : "", status, sort, limit: String(limit), cursor };
  const told = Object.entries(asked).filter(([, value]) => value);
  return new URLSearchParams(/** @type {[string, string][]} */ (told)).toString();
}

/** Who settled it, as an event or a refusal tells it. @param {LiveEvent | Record<string, any>} told @returns {Settled} */
export function settledOf(told) {
  const { settled_by: by, settled_by_name: name, resolution, settled_at, at } = /** @type {Record<string, any>} */ (told);
  return { by: by ?? "", name: name || by || "", resolution: resolution ?? "", at: settled_at ?? at ?? "" };
}
