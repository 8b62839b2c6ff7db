// @ts-check
/** Reads what the outbox holds of one user: how much waits, what was counted last, what is parked. */
import { stateRange } from "./store.js";

/** @import { Entry, EntryState, Tally } from "./types.js" */

export class Ledger {
  /**
   * @param {import("./store.js").Store} db
   * @param {string} userId
   */
  constructor(db, userId) {
    this.db = db;
    this.userId = userId;
  }

  /**
   * @param {string} [sessionId]  only this session's
   * @returns {Promise<Tally>}
   */
  async tally(sessionId) {
    const [queued, sending, parked] = await Promise.all([
      this.#inState("queued", sessionId),
      this.#inState("sending", sessionId),
      this.#inState("parked", sessionId),
    ]);
    const waiting = [...queued, ...sending];
    return {
      queued: queued.length,
      sending: sending.length,
      parked: parked.length,
      waiting: waiting.length,
      pieces: waiting.reduce((sum, entry) => sum + entry.record.verified_qty, 0),
    };
  }

  /**
   * The last counts of a session, newest first.
   * @param {string} sessionId
   * @param {number} most
   * @returns {Promise<Entry[]>}
   */
  async latest(sessionId, most) {
    /** @type {Entry[]} */
    const found = [];
    const range = IDBKeyRange.bound([sessionId, 0], [sessionId, Number.MAX_SAFE_INTEGER]);
    let cursor = await this.db.transaction("outbox").store.index("by_session").openCursor(range, "prev");
    while (cursor && found.length < most) {
      if (cursor.value.user_id === this.userId) found.push(cursor.value);
      cursor = await cursor.continue();
    }
    return found;
  }

  /**
   * What this device has counted of an item in a session, refused counts aside.
   * @param {string} sessionId
   * @param {string} itemCode
   */
  async countedOf(sessionId, itemCode) {
    const all = await this.latest(sessionId, Number.MAX_SAFE_INTEGER);
    return all
      .filter(({ record, state }) => record.item_code === itemCode && state !== "parked")
      .reduce((sum, { record }) => sum + record.verified_qty, 0);
  }

  /** @returns {Promise<number | null>} epoch ms of the last answered batch */
  async lastSync() {
    return (await this.db.get("meta", "last_sync")) ?? null;
  }

  /**
   * @param {EntryState} state
   * @param {string} [sessionId]
   */
  async #inState(state, sessionId) {
    const all = await this.db.getAllFromIndex("outbox", "by_state", stateRange(this.userId, state));
    return sessionId ? all.filter((entry) => entry.session_id === sessionId) : all;
  }
}
