// @ts-check
/**
 * Every count goes here first. States: queued → sending → acked | parked.
 * An entry is acked only in the transaction that stores the server's answer naming it in `ok`.
 */

import { amended, fresh, settled, toSend, verdictsOf } from "./entry.js";
import { News } from "./news.js";
import { onDisk, stateRange } from "./store.js";

/** @import { Count, Sent } from "./entry.js" */
/** @import { BatchAnswer, Entry } from "./types.js" */
/** @import { Store } from "./store.js" */

/** Acked counts kept for looking back, a user. */
const KEEP_ACKED = 500;

export class Outbox extends News {
  /**
   * @param {Store} db
   * @param {{userId: string, deviceId: string, now?: () => number}} owner
   */
  constructor(db, { userId, deviceId, now = () => Date.now() }) {
    super("stockverify-outbox");
    this.db = db;
    this.userId = userId;
    this.deviceId = deviceId;
    this.now = now;
  }

  /**
   * Put a count on disk. When this resolves, it is there.
   * @param {Count} count
   * @param {string} itemName
   * @param {Pick<Entry, "events" | "flag">} [more]  what is kept here and not sent
   * @returns {Promise<Entry>}
   */
  async add(count, itemName, more = {}) {
    const tx = this.db.transaction(["outbox", "meta"], "readwrite", { durability: "strict" });
    const seq = ((await tx.objectStore("meta").get("seq")) ?? 0) + 1;
    const { userId, deviceId } = this;
    const entry = fresh(count, { userId, deviceId, seq, itemName, now: this.now(), more });
    await onDisk(tx, [tx.objectStore("meta").put(seq, "seq"), tx.objectStore("outbox").add(entry)]);
    this.tell("change");
    return entry;
  }

  /**
   * Change a count that is here: a new version, based on the revision that the server has. It waits
   * again; where an older version is on its way right now, it is sent after that one's answer.
   * @param {string} id
   * @param {(entry: Entry) => {record?: Partial<import("./types.js").CountRecord>, events?: Entry["events"], flag?: string}} change
   * @returns {Promise<Entry | null>} null where this person has no such count here
   */
  async amend(id, change) {
    const tx = this.db.transaction("outbox", "readwrite", { durability: "strict" });
    const entry = await tx.store.get(id);
    /** @type {Entry | null} */
    const next = entry?.user_id === this.userId ? amended(entry, change(entry), this.now()) : null;
    await onDisk(tx, next ? [tx.store.put(next)] : []);
    if (next) this.tell("growth");
    return next;
  }

  /**
   * Take the next entries for sending, oldest first.
   * @param {number} most
   * @returns {Promise<Sent[]>}
   */
  async take(most) {
    const tx = this.db.transaction("outbox", "readwrite");
    const entries = await tx.store.index("by_state").getAll(stateRange(this.userId, "queued"), most);
    const leaving = entries.map((entry) => ({ ...entry, state: /** @type {const} */ ("sending"), unanswered: toSend(entry) }));
    await onDisk(tx, leaving.map((entry) => tx.store.put(entry)));
    if (entries.length) this.tellSoon();
    return leaving.map(({ id, unanswered }) => ({ id, ...unanswered }));
  }

  /**
   * Keep the server's answer to a batch, all of it in one transaction.
   * @param {Sent[]} sent
   * @param {BatchAnswer} answer
   */
  async settle(sent, answer) {
    const verdictOf = verdictsOf(answer);
    const tx = this.db.transaction(["outbox", "meta"], "readwrite", { durability: "strict" });
    const outbox = tx.objectStore("outbox");
    const entries = await Promise.all(sent.map(({ id }) => outbox.get(id)));
    const puts = sent.flatMap((each, i) => {
      const entry = entries[i];
      return entry?.state === "sending" ? outbox.put(settled(entry, each, verdictOf(each.id))) : [];
    });
    await onDisk(tx, [...puts, tx.objectStore("meta").put(this.now(), "last_sync")]);
    this.tellSoon();
  }

  /**
   * Park one entry that the server refused whole, with the reason it gave.
   * @param {string} id
   * @param {string} kind
   * @param {string} message
   */
  async park(id, kind, message) {
    const tx = this.db.transaction("outbox", "readwrite");
    const entry = await tx.store.get(id);
    const parked = entry && { ...entry, state: /** @type {const} */ ("parked"), unanswered: null, verdict: { kind, message } };
    await onDisk(tx, parked ? [tx.store.put(parked)] : []);
    this.tell("change");
  }

  /**
   * What was being sent when the program stopped, or got no answer, waits again. Sending twice is safe.
   * @param {string[]} [ids]  only these
   */
  async giveBack(ids) {
    await this.#queueAgain("sending", ({ id }) => !ids || ids.includes(id));
  }

  /** What the server refused by itself is tried once more; conflicts are a supervisor's to settle. */
  async retryRefused() {
    await this.#queueAgain("parked", ({ verdict }) => !verdict?.conflict_id);
  }

  /**
   * @param {"sending" | "parked"} state
   * @param {(entry: Entry) => boolean} belongs
   */
  async #queueAgain(state, belongs) {
    const tx = this.db.transaction("outbox", "readwrite");
    const all = await tx.store.index("by_state").getAll(stateRange(this.userId, state));
    const again = all.filter(belongs);
    await onDisk(tx, again.map((entry) => tx.store.put({ ...entry, state: "queued", verdict: null })));
    if (again.length) this.tellSoon();
  }

  /**
   * A conflict was settled by a supervisor: its count needs no more attention here.
   * @param {string} id
   */
  async settledElsewhere(id) {
    const tx = this.db.transaction("outbox", "readwrite");
    const entry = await tx.store.get(id);
    if (entry?.state === "parked" && entry.user_id === this.userId) {
      void tx.store.put({ ...entry, state: "acked", verdict: null });
    }
    await tx.done;
    this.tell("change");
  }

  /** Forget acked counts beyond the last KEEP_ACKED. */
  async prune() {
    const tx = this.db.transaction("outbox", "readwrite");
    const keys = await tx.store.index("by_state").getAllKeys(stateRange(this.userId, "acked"));
    for (const key of keys.slice(0, -KEEP_ACKED)) void tx.store.delete(key);
    await tx.done;
  }
}
