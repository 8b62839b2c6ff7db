// @ts-check
/** The one file that opens IndexedDB. */
import { openDB } from "idb";

/** @import { DBSchema, IDBPDatabase } from "idb" */
/** @import { Entry, Item } from "./types.js" */

/**
 * @typedef {DBSchema & {
 *   outbox: {key: string, value: Entry, indexes: {
 *     by_state: [string, string, number], by_session: [string, number]}},
 *   items: {key: string, value: Item, indexes: {by_barcode: string}},
 *   meta: {key: string, value: any},
 * }} Schema
 * @typedef {IDBPDatabase<Schema>} Store
 */

const VERSION = 1;

/**
 * @param {string} [name]
 * @returns {Promise<Store>}
 */
export function openStore(name = "stockverify") {
  return openDB(name, VERSION, {
    upgrade(db) {
      const outbox = db.createObjectStore("outbox", { keyPath: "id" });
      outbox.createIndex("by_state", ["user_id", "state", "seq"]);
      outbox.createIndex("by_session", ["session_id", "seq"]);
      db.createObjectStore("items", { keyPath: "item_code" }).createIndex("by_barcode", "barcode");
      db.createObjectStore("meta");
    },
    blocking(_current, _blocked, event) {
      // A newer program in another tab wants to upgrade: let it.
      /** @type {IDBDatabase} */ (event.target).close();
    },
  });
}

/**
 * All entries of a user in a state, in their order.
 * @param {string} userId
 * @param {import("./types.js").EntryState} state
 */
export function stateRange(userId, state) {
  return IDBKeyRange.bound([userId, state, 0], [userId, state, Number.MAX_SAFE_INTEGER]);
}
