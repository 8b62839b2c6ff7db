// @ts-check
/** Counts of this person that need a decision: what the server tells, and what only this device knows. */

/** @import { Entry } from "./types.js" */

/**
 * @typedef {object} OpenConflict
 * @property {string} record_id      the count's client_record_id
 * @property {string} kind           conflict_type or error_type
 * @property {string} message        the server's words
 * @property {string} item_code
 * @property {string} item_name
 * @property {string} rack_id
 * @property {number} qty
 * @property {Record<string, any>} details
 * @property {Record<string, any>} payload   the count as it was sent
 * @property {boolean} is_here       it can be corrected on this device
 */

/**
 * @param {Record<string, any>[]} told     conflicts as /api/sync/conflicts tells them
 * @param {Entry[]} parked                 of this person, on this device
 * @returns {OpenConflict[]} newest first
 */
export function openConflicts(told, parked) {
  const here = new Map(parked.map((entry) => [entry.id, entry]));
  const named = new Set(told.map(({ client_record_id }) => client_record_id));
  const server = told.map((conflict) => ofServer(conflict, here.get(conflict["client_record_id"])));
  const only = parked.filter(({ id }) => !named.has(id)).sort((a, b) => b.seq - a.seq).map(ofDevice);
  return [...server, ...only];
}

/**
 * @param {Record<string, any>} conflict
 * @param {Entry | undefined} entry
 * @returns {OpenConflict}
 */
function ofServer({ client_record_id, conflict_type, message, rack_id, item_name, details, payload }, entry) {
  return {
    record_id: client_record_id,
    kind: conflict_type,
    message,
    item_code: payload?.item_code ?? entry?.record.item_code ?? "",
    item_name: item_name ?? entry?.item_name ?? "",
    rack_id,
    qty: payload?.verified_qty ?? 0,
    details: details ?? {},
    payload: payload ?? {},
    is_here: entry !== undefined,
  };
}

/** @param {Entry} entry @returns {OpenConflict} */
function ofDevice({ id, record, item_name, verdict }) {
  const { item_code, rack_id, verified_qty: qty } = record;
  const { kind = "other", message = "" } = verdict ?? {};
  return { record_id: id, kind, message, item_code, item_name, rack_id, qty, details: {}, payload: record, is_here: true };
}
