// @ts-check
/** What becomes of one count on this device. Pure: an entry in, the next one out. */
import { sentScans } from "./sent-scans.js";

/** @import { BatchAnswer, CountRecord, Entry } from "./types.js" */

/** @typedef {Omit<CountRecord, "client_record_id" | "created_at" | "updated_at" | "device_id" | "client_seq">} Count */
/** @typedef {{id: string, version: number, record: CountRecord}} Sent */
/** @typedef {{refusal: Entry["verdict"], rev?: number | undefined}} Verdict */

/**
 * @param {Count} count
 * @param {{userId: string, deviceId: string, seq: number, itemName: string, now: number,
 *   more: Pick<Entry, "events" | "flag">}} facts
 * @returns {Entry}
 */
export function fresh(count, { userId, deviceId, seq, itemName, now, more }) {
  const id = crypto.randomUUID();
  const at = new Date(now).toISOString();
  const made = { client_record_id: id, created_at: at, updated_at: at, device_id: deviceId, client_seq: seq };
  return {
    id,
    user_id: userId,
    session_id: count.session_id,
    seq,
    state: "queued",
    version: 1,
    record: { ...count, ...made },
    item_name: itemName,
    saved_at: now,
    waits_since: now,
    rev: null,
    verdict: null,
    ...more,
  };
}

/**
 * @param {Entry} entry
 * @param {{record?: Partial<CountRecord>, events?: Entry["events"], flag?: string}} change
 * @param {number} now
 * @returns {Entry}
 */
export function amended(entry, { record, ...more }, now) {
  const later = Math.max(now, Date.parse(entry.record.updated_at) + 1);
  const waits = entry.state === "queued" || entry.state === "sending";
  return {
    ...entry,
    ...more,
    waits_since: waits ? (entry.waits_since ?? entry.saved_at) : now,
    version: entry.version + 1,
    state: entry.state === "sending" ? "sending" : "queued",
    verdict: null,
    record: { ...entry.record, ...record, updated_at: new Date(later).toISOString() },
  };
}

/**
 * What to send of an entry: its newest version, or once more the one whose answer never came.
 * @param {Entry} entry
 */
export function toSend({ unanswered, version, rev, record, events }) {
  if (unanswered) return unanswered;
  const scans = sentScans(events, record.verified_qty);
  return { version, record: { ...record, ...(scans && { scans }), ...(rev !== null && { base_rev: rev }) } };
}

/**
 * What an answer says of a record: nothing where it does not name it, or says that it may be tried again.
 * @param {BatchAnswer} answer
 * @returns {(id: string) => Verdict | undefined}
 */
export function verdictsOf({ ok, conflicts, errors, revisions = {} }) {
  /** @type {Map<string, Verdict>} */
  const all = new Map();
  for (const { details, ...v } of errors) {
    if (!details?.["retryable"]) all.set(v.client_record_id, { refusal: { kind: v.error_type, message: v.message } });
  }
  for (const { conflict_type: kind, message, conflict_id, client_record_id: id } of conflicts) {
    all.set(id, { refusal: { kind, message, ...(conflict_id && { conflict_id }) } });
  }
  for (const id of ok) all.set(id, { refusal: null });
  return (id) => {
    const verdict = all.get(id);
    return verdict && { ...verdict, rev: revisions[id] };
  };
}

/**
 * @param {Entry} entry
 * @param {Sent} sent
 * @param {Verdict | undefined} verdict
 * @returns {Entry}
 */
export function settled(entry, sent, verdict) {
  if (!verdict) return { ...entry, state: "queued" };
  const { refusal, rev } = verdict;
  const next = { ...entry, rev: rev ?? entry.rev, unanswered: null };
  if (!refusal) next.server_qty = sent.record.verified_qty;
  if (entry.version !== sent.version) return { ...next, state: "queued" };
  return { ...next, state: refusal ? "parked" : "acked", verdict: refusal };
}
