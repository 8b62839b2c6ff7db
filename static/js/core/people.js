// @ts-check
/** People as data: a list from the server, moved on by live events. Knows no screen. */
import { holderOf } from "./floor-map.js";

/** @import { LiveEvent, Person } from "./types.js" */

/** A pace is told of so long a time; what was before is another work. */
const WINDOW_MS = 15 * 60_000;
const LEAST_MS = 60_000;
const HOUR_MS = 3_600_000;
/** Who holds a rack and counts nothing for so long is idle. */
export const IDLE_MS = 5 * 60_000;
const MOST_MARKS = 200;

export class People {
  /** @type {Map<string, Person>} */
  #people = new Map();
  /** @type {Map<string, {at: number, pieces: number}[]>} by session: what it had when */
  #marks = new Map();

  /** @param {Person[]} people */
  load(people) {
    this.#people = new Map(people.map((person) => [person.user_id, person]));
  }

  /** @param {string} userId */
  of(userId) {
    return this.#people.get(userId);
  }

  /** Who is worth a line: here, or at a rack. Those at racks first, then by name. */
  get shown() {
    const shown = [...this.#people.values()].filter(({ online, racks }) => online || racks.length > 0);
    return shown.sort((a, b) => Number(b.racks.length > 0) - Number(a.racks.length > 0) || a.name.localeCompare(b.name, undefined, { numeric: true }));
  }

  /** Who may be given a rack. */
  get counters() {
    const may = [...this.#people.values()].filter(({ role }) => role !== "auditor");
    return may.sort((a, b) => a.name.localeCompare(b.name, undefined, { numeric: true }));
  }

  /** @returns {{online: number, counting: number}} */
  get sums() {
    const all = [...this.#people.values()];
    return { online: all.filter(({ online }) => online).length, counting: all.filter(({ racks }) => racks.length).length };
  }

  /**
   * @param {string} name
   * @param {LiveEvent} event
   * @returns {boolean} whether somebody changed
   */
  apply(name, event) {
    const userId = event.user_id ?? "";
    const person = this.#people.get(userId);
    if (!person) return false;
    if (name === "presence") return this.#set({ ...person, online: Boolean(event.online), device_id: event.device_id ?? person.device_id });
    if (name === "rack:update") return this.#moved(person, event);
    return name === "session:update" && this.#counted(person, event);
  }

  /**
   * @param {Person} person
   * @param {LiveEvent} event
   */
  #moved(person, event) {
    if (event.type === "renewed" || event.type === "assigned") return false;
    const others = person.racks.filter(({ rack_id: id }) => id !== event.rack_id);
    const holds = holderOf(event.holder)?.user_id === person.user_id;
    const rack = { rack_id: event.rack_id ?? "", floor: event.floor ?? "", session_id: event.session_id ?? "" };
    const claimed = event.type === "claimed";
    if (!holds && event.session_id) this.#marks.delete(event.session_id);
    return this.#set({
      ...person,
      racks: holds ? [...others, rack] : others,
      idle_since: claimed ? (event.at ?? null) : person.idle_since,
      device_id: holds ? (holderOf(event.holder)?.device_id ?? person.device_id) : person.device_id,
    });
  }

  /**
   * @param {Person} person
   * @param {LiveEvent} event
   */
  #counted(person, event) {
    if (event.type === "heartbeat") {
      return this.#set({ ...person, online: true, queue_length: event.queue_length ?? person.queue_length });
    }
    if (event.type !== "progress" || !event.progress) return false;
    const at = Date.parse(event.at ?? "") || Date.now();
    const marks = [...(this.#marks.get(event.session_id ?? "") ?? []), { at, pieces: event.progress.pieces }];
    const recent = marks.filter((mark) => at - mark.at <= WINDOW_MS).slice(-MOST_MARKS);
    this.#marks.set(event.session_id ?? "", recent);
    return this.#set({ ...person, idle_since: event.at ?? person.idle_since, pace_per_hour: pace(recent) ?? person.pace_per_hour });
  }

  /** @param {Person} person */
  #set(person) {
    this.#people.set(person.user_id, person);
    return true;
  }
}

/** @param {{at: number, pieces: number}[]} marks */
function pace(marks) {
  const first = marks[0];
  const last = marks.at(-1);
  if (!first || !last || last.at - first.at < LEAST_MS) return null;
  return Math.max(0, ((last.pieces - first.pieces) * HOUR_MS) / (last.at - first.at));
}

/**
 * Since when somebody at a rack counted nothing, if that is long; null where they count, or hold none.
 * @param {Person} person
 * @param {number} now
 */
export function idleFor({ racks, idle_since: since }, now) {
  const span = racks.length && since ? now - Date.parse(since) : 0;
  return span >= IDLE_MS ? span / 1000 : null;
}
