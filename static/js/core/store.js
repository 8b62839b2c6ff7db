// @ts-check
/** The one file that opens IndexedDB. */
import { openDB } from "idb";

/** @import { DBSchema, IDBPDatabase } from "idb" */
/** @import { Entry, Item, Photo } from "./types.js" */

/**
 * @typedef {DBSchema & {
 *   outbox: {key: string, value: Entry, indexes: {
 *     by_state: [string, string, number], by_session: [string, number],
 *     by_item: [string, string], by_serial: string}},
 *   photos: {key: string, value: Photo, indexes: {by_entry: string, by_user: string}},
 *   items: {key: string, value: Item, indexes: {by_barcode: string, by_autobarcode: string}},
 *   shelves: {key: number, value: import("./search-index.js").Shelf},
 *   answers: {key: [user_id: string, path: string], value: any},
 *   meta: {key: string, value: any},
 * }} Schema
 * @typedef {IDBPDatabase<Schema>} Store
 */

const VERSION = 2;

/**
 * @param {string} [name]
 * @param {() => void} [onOutdated]  a newer program took the store over: this one must make way
 * @returns {Promise<Store>}
 */
export function openStore(name = "stockverify", onOutdated = () => {}) {
  return openDB(name, VERSION, {
    upgrade(db, from, _to, tx) {
      if (from < 1) {
        const outbox = db.createObjectStore("outbox", { keyPath: "id" });
        outbox.createIndex("by_state", ["user_id", "state", "seq"]);
        outbox.createIndex("by_session", ["session_id", "seq"]);
        db.createObjectStore("items", { keyPath: "item_code" }).createIndex("by_barcode", "barcode");
        db.createObjectStore("meta");
      }
      if (from < 2) {
        const outbox = tx.objectStore("outbox");
        outbox.createIndex("by_item", ["session_id", "record.item_code"]);
        outbox.createIndex("by_serial", "record.serial_numbers", { multiEntry: true });
        const photos = db.createObjectStore("photos", { keyPath: "id" });
        photos.createIndex("by_entry", "entry_id");
        photos.createIndex("by_user", "user_id");
        tx.objectStore("items").createIndex("by_autobarcode", "autobarcode");
        db.createObjectStore("shelves", { keyPath: "id" });
        db.createObjectStore("answers");
      }
    },
    blocking(_current, _blocked, event) {
      // A newer program in another tab wants to upgrade: let it.
      /** @type {IDBDatabase} */ (event.target).close();
      onOutdated();
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

/**
 * Wait until a transaction is on disk. Raises what stopped it, such as `QuotaExceededError`: the
 * requests themselves only say that they were aborted.
 * @param {{done: Promise<void>, error: DOMException | null}} tx
 * @param {Promise<unknown>[]} requests
 */
export async function onDisk(tx, requests) {
  try {
    await Promise.all([...requests, tx.done]);
  } catch (error) {
    await tx.done.catch(() => {});
    throw tx.error ?? error;
  }
}

/**
 * Keep one thing so that it outlives a battery that is taken out the next moment.
 * @param {Store} db
 * @param {string} key
 * @param {unknown} value
 */
export async function keepForSure(db, key, value) {
  const tx = db.transaction("meta", "readwrite", { durability: "strict" });
  await onDisk(tx, [tx.store.put(value, key)]);
}
