// @ts-check
/**
 * Counting as a device keeps it: one count an item and session, which grows by scan events. Every act is
 * on disk when its promise resolves; what travels is the sum.
 */
import { eventsOf, grownBy, mayGrow, told, undoneIn } from "./growing.js";
import { lastStanding, rounded, scanEvent, standing, sumOf } from "./scan-events.js";

/** @import { CountRecord, Entry, Item, ScanEvent } from "./types.js" */

/**
 * @typedef {{session_id: string, rack_id: string, floor: string}} Place
 * @typedef {Partial<Pick<CountRecord, "damage_qty" | "serial_numbers" | "mfg_date" | "lot" | "expiry_date" | "mrp" | "uom" |
 *   "item_condition" | "condition_details">>} Details
 */

export class Counts {
  /**
   * @param {import("./store.js").Store} db
   * @param {import("./outbox.js").Outbox} outbox
   * @param {Place} place
   */
  constructor(db, outbox, { session_id, rack_id, floor }) {
    this.db = db;
    this.outbox = outbox;
    this.place = { session_id, rack_id, floor };
  }

  /**
   * Add to what was counted of an item, or begin to count it.
   * @param {Item} item
   * @param {ScanEvent} event
   * @param {Details & {flag?: string}} [more]
   * @returns {Promise<Entry>}
   */
  async add(item, event, { flag, ...details } = {}) {
    const growing = await this.#growing(item.item_code, event, details);
    const grown = growing && (await this.outbox.amend(growing.id, (entry) => grownBy(entry, event, details)));
    if (grown) return grown;
    const { uom = null, mrp = null, category = null, item_code } = item;
    const record = {
      ...this.place, item_code, uom, mrp, category, verified_qty: rounded(event.qty), damage_qty: 0,
      serial_numbers: event.serials ?? [], status: /** @type {const} */ ("finalized"), ...told(details),
    };
    return this.outbox.add(record, item.item_name, { events: [event], ...(flag && { flag }) });
  }

  /**
   * One more act on a count that is here.
   * @param {string} id
   * @param {ScanEvent} event
   */
  append(id, event) {
    return this.outbox.amend(id, (entry) => grownBy(entry, event, {}));
  }

  /**
   * A person corrected a count: its quantity by an event of the difference, its details as they say.
   * @param {string} id
   * @param {number} qty
   * @param {Details} details
   */
  edit(id, qty, details) {
    return this.outbox.amend(id, (entry) => {
      const before = eventsOf(entry);
      const difference = rounded(qty - sumOf(before));
      const says = difference !== 0 || standing(before).length === 0; // a typed zero is a count
      const events = says ? [...before, scanEvent({ qty: difference, by: "typed" })] : before;
      return { events, record: { ...details, verified_qty: qty, status: "finalized", voided: false } };
    });
  }

  /**
   * Take back the last act of this session, whichever item it was of.
   * @returns {Promise<{entry: Entry, event: ScanEvent} | null>} null: there is nothing to take back
   */
  async undo() {
    let latest = null;
    for (const entry of await this.all()) {
      const event = entry.state === "parked" ? undefined : lastStanding(eventsOf(entry));
      if (event && event.at >= (latest?.event.at ?? -Infinity)) latest = { entry, event };
    }
    if (!latest) return null;
    const { entry, event } = latest;
    const undone = await this.outbox.amend(entry.id, (now) => undoneIn(now, event));
    return undone && { entry: undone, event };
  }

  /** All counts of the session, oldest first. */
  async all() {
    const range = IDBKeyRange.bound([this.place.session_id, 0], [this.place.session_id, Infinity]);
    const all = await this.db.getAllFromIndex("outbox", "by_session", range);
    return all.filter(({ user_id }) => user_id === this.outbox.userId);
  }

  /** @param {string} id */
  async get(id) {
    return (await this.db.get("outbox", id)) ?? null;
  }

  /**
   * The count of this device that holds a serial number already.
   * @param {string} serial
   * @param {string} [besides]  id of a count that may hold it
   */
  async holderOf(serial, besides) {
    const found = await this.db.getAllFromIndex("outbox", "by_serial", serial);
    return found.find(({ id, user_id }) => id !== besides && user_id === this.outbox.userId) ?? null;
  }

  /**
   * The count that a further scan of the item adds to.
   * @param {string} itemCode
   * @param {ScanEvent} event
   * @param {Details} details
   */
  async #growing(itemCode, event, details) {
    const found = await this.db.getAllFromIndex("outbox", "by_item", [this.place.session_id, itemCode]);
    return found.sort((a, b) => b.seq - a.seq).find((entry) => mayGrow(entry, event, details, this.outbox.userId));
  }
}
