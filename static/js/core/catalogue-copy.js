// @ts-check
/**
 * The catalogue on this device, kept fresh by what changed since. Items, their search lines and the
 * place in the changes go to disk together, a slice at a time, so that a cut loses a slice at most.
 */
import { onDisk } from "./store.js";
import { SearchIndex } from "./search-index.js";

/** @import { Item } from "./types.js" */

const LOCK = "stockverify-catalogue";
const CHANNEL = "stockverify-catalogue";
const CURSOR = "catalogue_cursor";
const PAGE = 1000;
/** Items written at a time: a few ms, then whoever scans or types has the thread again. */
const SLICE = 100;
const LOOK_AGAIN_MS = 10 * 60_000;

/** Event `change`: there are other items than before. */
export class CatalogueCopy extends EventTarget {
  /**
   * @param {object} parts
   * @param {import("./store.js").Store} parts.db
   * @param {Pick<import("./api.js").Api, "get">} parts.api
   * @param {Pick<LockManager, "request">} [parts.locks]
   */
  constructor({ db, api, locks = navigator.locks }) {
    super();
    this.db = db;
    this.api = api;
    this.locks = locks;
    /** @type {Promise<SearchIndex> | null} */
    this.loading = null;
    this.channel = new BroadcastChannel(CHANNEL);
    this.channel.onmessage = () => this.#forget();
    this.stopping = new AbortController();
  }

  /** Follow the changes until stopped; one tab does it for all. */
  start() {
    const { signal } = this.stopping;
    this.locks.request(LOCK, { signal }, () => this.#follow(signal)).catch((error) => {
      if (!signal.aborted) throw error;
    });
  }

  stop() {
    this.stopping.abort();
    this.channel.close();
  }

  /** @returns {Promise<SearchIndex>} */
  index() {
    this.loading ??= this.db.getAll("shelves").then((shelves) => new SearchIndex(shelves));
    return this.loading;
  }

  /**
   * Items that were met by the way. They are found by code at once, by words with the next change.
   * @param {Item[]} items
   */
  async keep(items) {
    const tx = this.db.transaction("items", "readwrite");
    await onDisk(tx, items.map((item) => tx.store.put(withoutBook(item))));
  }

  /** Whether all items have been here once. */
  async isWhole() {
    return Boolean((await this.#cursor()).whole);
  }

  /** Fetch what changed, to its end; goes on where it was cut. */
  async refresh() {
    let { since, whole } = await this.#cursor();
    this.#forget(); // another tab may have written since
    for (let more = true; more; ) {
      const page = await this.api.get(`/api/items/changes?since=${since}&limit=${PAGE}`);
      const { items, deleted } = page;
      more = page.more;
      for (let i = 0; i < items.length; i += SLICE) await this.#store(items.slice(i, i + SLICE), []);
      whole ||= !more;
      if (items.length || deleted.length || page.next !== since || !more) {
        await this.#store([], deleted, { since: page.next, whole });
      }
      since = page.next;
      if (items.length || deleted.length) this.#tell();
    }
  }

  /** @param {AbortSignal} signal */
  async #follow(signal) {
    while (!signal.aborted) {
      await this.refresh().catch(() => {});
      await new Promise((resolve) => {
        const timer = setTimeout(resolve, LOOK_AGAIN_MS);
        const now = () => {
          clearTimeout(timer);
          resolve(null);
        };
        signal.addEventListener("abort", now, { once: true });
        globalThis.addEventListener?.("online", now, { once: true });
      });
    }
  }

  /**
   * @param {Item[]} items
   * @param {string[]} deleted
   * @param {{since: number, whole: boolean}} [cursor]
   */
  async #store(items, deleted, cursor) {
    if (!items.length && !deleted.length && !cursor) return;
    const index = await this.index();
    for (const item of items) index.put(item);
    for (const code of deleted) index.remove(code);
    const tx = this.db.transaction(["items", "shelves", "meta"], "readwrite");
    const kept = tx.objectStore("items");
    const shelves = tx.objectStore("shelves");
    const requests = [
      ...items.map((item) => kept.put(withoutBook(item))),
      ...deleted.map((code) => kept.delete(code)),
      ...index.changes().map((shelf) => (shelf.codes.length ? shelves.put(shelf) : shelves.delete(shelf.id))),
      ...(cursor ? [tx.objectStore("meta").put(cursor, CURSOR)] : []),
    ];
    try {
      await onDisk(tx, requests);
    } catch (error) {
      this.#forget(); // what is in memory is ahead of the disk
      throw error;
    }
  }

  #tell() {
    this.channel.postMessage("changed");
    this.dispatchEvent(new Event("change"));
  }

  #forget() {
    this.loading = null;
    this.dispatchEvent(new Event("change"));
  }

  /** @returns {Promise<{since: number, whole: boolean}>} */
  async #cursor() {
    return (await this.db.get("meta", CURSOR)) ?? { since: 0, whole: false };
  }
}

/**
 * What a counter needs of an item. A device keeps no book figure: a count may have to be blind.
 * @param {Item} item
 * @returns {Item}
 */
export function withoutBook({ item_code, barcode, autobarcode, item_name, category, uom, mrp, floor, rack }) {
  const codes = { ...(barcode && { barcode }), ...(autobarcode && { autobarcode }) };
  return { item_code, item_name, category, uom, mrp, floor, rack, ...codes };
}
