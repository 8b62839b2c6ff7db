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
      fresh: waiting.filter(({ rev, record }) => rev === null && !record.voided).length,
      pieces: waiting.reduce((sum, { record, server_qty = 0 }) => sum + record.verified_qty - server_qty, 0),
      since: waiting.reduce((/** @type {number | null} */ first, { waits_since, saved_at }) => Math.min(first ?? Infinity, waits_since ?? saved_at), null),
    };
  }

  /**
   * How much waits and how much is parked, without reading it: a long queue is asked about often.
   * @returns {Promise<{waiting: number, parked: number}>}
   */
  async sums() {
    const index = this.db.transaction("outbox").store.index("by_state");
    const [queued = 0, sending = 0, parked = 0] = await Promise.all(
      /** @type {const} */ (["queued", "sending", "parked"]).map((state) => index.count(stateRange(this.userId, state))),
    );
    return { waiting: queued + sending, parked };
  }

  /**
   * Every count that the server has not taken, oldest first.
   * @returns {Promise<Entry[]>}
   */
  async unsent() {
    const all = await Promise.all([this.#inState("queued"), this.#inState("sending"), this.#inState("parked")]);
    return all.flat().sort((a, b) => a.seq - b.seq);
  }

  /**
   * The last counts of a session, newest first.
   * @param {string} sessionId
   * @param {number} most
   * @returns {Promise<Entry[]>}
   */
  async latest(sessionId, most) {
    const range = IDBKeyRange.bound([sessionId, 0], [sessionId, Number.MAX_SAFE_INTEGER]);
    const { store } = this.db.transaction("outbox");
    const keys = await store.index("by_session").getAllKeys(range);
    const entries = await Promise.all(keys.slice(-most).reverse().map((key) => store.get(key)));
    return entries.filter((entry) => entry !== undefined).filter(({ user_id }) => user_id === this.userId);
  }

  /**
   * All counts of a session, oldest first.
   * @param {string} sessionId
   * @returns {Promise<Entry[]>}
   */
  async all(sessionId) {
    const range = IDBKeyRange.bound([sessionId, 0], [sessionId, Number.MAX_SAFE_INTEGER]);
    const all = await this.db.getAllFromIndex("outbox", "by_session", range);
    return all.filter(({ user_id }) => user_id === this.userId);
  }

  /**
   * What this device has counted of an item in a session, refused counts aside.
   * @param {string} sessionId
   * @param {string} itemCode
   */
  async countedOf(sessionId, itemCode) {
    const all = await this.db.getAllFromIndex("outbox", "by_item", [sessionId, itemCode]);
    return all
      .filter(({ user_id, state }) => user_id === this.userId && state !== "parked")
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
