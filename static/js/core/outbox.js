// @ts-check
/**
 * Every count goes here first. States: queued → sending → acked | parked.
 * An entry is acked only in the transaction that stores the server's answer naming it in `ok`.
 */

import { stateRange } from "./store.js";

/** @import { BatchAnswer, CountRecord, Entry } from "./types.js" */
/** @import { Store } from "./store.js" */

/** Acked counts kept for looking back, a user. */
const KEEP_ACKED = 500;
const CHANNEL = "stockverify-outbox";

/** @typedef {{id: string, version: number, record: CountRecord}} Sent */

export class Outbox extends EventTarget {
  /**
   * @param {Store} db
   * @param {{userId: string, deviceId: string, now?: () => number}} owner
   */
  constructor(db, { userId, deviceId, now = () => Date.now() }) {
    super();
    this.db = db;
    this.userId = userId;
    this.deviceId = deviceId;
    this.now = now;
    this.channel = new BroadcastChannel(CHANNEL);
    this.channel.onmessage = () => this.dispatchEvent(new Event("change"));
  }

  close() {
    this.channel.close();
  }

  /**
   * Put a count on disk. When this resolves, it is there.
   * @param {Omit<CountRecord, "client_record_id" | "created_at" | "updated_at" | "device_id" | "client_seq">} count
   * @param {string} itemName
   * @returns {Promise<Entry>}
   */
  async add(count, itemName) {
    const id = crypto.randomUUID();
    const at = new Date(this.now()).toISOString();
    const tx = this.db.transaction(["outbox", "meta"], "readwrite", { durability: "strict" });
    const seq = ((await tx.objectStore("meta").get("seq")) ?? 0) + 1;
    /** @type {Entry} */
    const entry = {
      id,
      user_id: this.userId,
      session_id: count.session_id,
      seq,
      state: "queued",
      version: 1,
      record: {
        ...count,
        client_record_id: id,
        created_at: at,
        updated_at: at,
        device_id: this.deviceId,
        client_seq: seq,
      },
      item_name: itemName,
      saved_at: this.now(),
      rev: null,
      verdict: null,
    };
    void tx.objectStore("meta").put(seq, "seq");
    void tx.objectStore("outbox").add(entry);
    await tx.done;
    this.#changed();
    return entry;
  }

  /**
   * Take the next entries for sending, oldest first.
   * @param {number} most
   * @returns {Promise<Sent[]>}
   */
  async take(most) {
    const tx = this.db.transaction("outbox", "readwrite");
    const entries = await tx.store.index("by_state").getAll(stateRange(this.userId, "queued"), most);
    for (const entry of entries) void tx.store.put({ ...entry, state: "sending" });
    await tx.done;
    if (entries.length) this.#changed();
    return entries.map(({ id, version, rev, record }) => ({
      id,
      version,
      record: rev === null ? record : { ...record, base_rev: rev },
    }));
  }

  /**
   * Keep the server's answer to a batch, all of it in one transaction.
   * @param {Sent[]} sent
   * @param {BatchAnswer} answer
   */
  async settle(sent, answer) {
    const ok = new Set(answer.ok);
    const refused = new Map();
    for (const v of answer.conflicts) refused.set(v.client_record_id, { ...v, kind: v.conflict_type });
    for (const v of answer.errors) {
      if (!v.details?.["retryable"]) refused.set(v.client_record_id, { ...v, kind: v.error_type });
    }
    const tx = this.db.transaction(["outbox", "meta"], "readwrite", { durability: "strict" });
    const outbox = tx.objectStore("outbox");
    for (const { id, version } of sent) {
      const entry = await outbox.get(id);
      if (!entry || entry.state !== "sending") continue;
      void outbox.put(settled(entry, version, ok.has(id), refused.get(id), answer.revisions?.[id]));
    }
    void tx.objectStore("meta").put(this.now(), "last_sync");
    await tx.done;
    this.#changed();
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
    if (entry) void tx.store.put({ ...entry, state: "parked", verdict: { kind, message } });
    await tx.done;
    this.#changed();
  }

  /** What was being sent when the program stopped, or got no answer, waits again. Sending twice is safe. */
  async giveBack() {
    const tx = this.db.transaction("outbox", "readwrite");
    const entries = await tx.store.index("by_state").getAll(stateRange(this.userId, "sending"));
    for (const entry of entries) void tx.store.put({ ...entry, state: "queued" });
    await tx.done;
    if (entries.length) this.#changed();
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
    this.#changed();
  }

  /** Forget acked counts beyond the last KEEP_ACKED. */
  async prune() {
    const tx = this.db.transaction("outbox", "readwrite");
    const keys = await tx.store.index("by_state").getAllKeys(stateRange(this.userId, "acked"));
    for (const key of keys.slice(0, -KEEP_ACKED)) void tx.store.delete(key);
    await tx.done;
  }

  #changed() {
    this.dispatchEvent(new Event("change"));
    this.channel.postMessage("change");
  }
}

/**
 * @param {Entry} entry
 * @param {number} version   the version that was sent
 * @param {boolean} isOk
 * @param {{kind: string, message: string, conflict_id?: string} | undefined} refusal
 * @param {number | undefined} rev
 * @returns {Entry}
 */
function settled(entry, version, isOk, refusal, rev) {
  const next = { ...entry, rev: rev ?? entry.rev };
  if (entry.version !== version) return { ...next, state: "queued" };
  if (isOk) return { ...next, state: "acked", verdict: null };
  if (!refusal) return { ...next, state: "queued" };
  const { kind, message, conflict_id } = refusal;
  return { ...next, state: "parked", verdict: { kind, message, ...(conflict_id && { conflict_id }) } };
}
