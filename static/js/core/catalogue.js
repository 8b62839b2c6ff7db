// @ts-check
/** Items: what this device has seen, else the server. Works with what is here when the network is gone. */
import { Problem } from "./api.js";

/** @import { Item } from "./types.js" */

export const MIN_SEARCH = 3;
const MOST_HITS = 12;
/** On weak Wi-Fi a code is counted unchecked rather than the counter kept waiting. */
const LOOK_UP_MS = 2_500;

export class Catalogue {
  /**
   * @param {import("./store.js").Store} db
   * @param {import("./api.js").Api} api
   */
  constructor(db, api) {
    this.db = db;
    this.api = api;
  }

  /**
   * The item of a barcode or item code; one marked `unknown` where the catalogue has none, null where
   * nobody can say (no network, and never seen here).
   * @param {string} code
   * @returns {Promise<Item | null>}
   */
  async find(code) {
    const near = await this.#near(code);
    if (near) return near;
    try {
      return (await this.#ask(`/api/items/barcode/${encodeURIComponent(code)}`))
        ?? (await this.#ask(`/api/items/${encodeURIComponent(code)}`))
        ?? { item_code: code, item_name: "", unknown: true };
    } catch (error) {
      if (error instanceof Problem && error.status === 401) throw error;
      return null;
    }
  }

  /**
   * @param {string} text  MIN_SEARCH characters or more
   * @param {AbortSignal} signal
   * @returns {Promise<Item[]>}
   */
  async search(text, signal) {
    try {
      const answer = await this.api.get(`/api/items?search=${encodeURIComponent(text)}`, signal);
      const hits = answer.items.slice(0, MOST_HITS);
      await this.#keep(hits);
      return hits;
    } catch (error) {
      if (signal.aborted) throw error;
      return this.#searchNear(text);
    }
  }

  /**
   * Fetch a rack's items ahead, so that scans there need no network.
   * @param {string} floor
   * @param {string} rackId
   */
  async prepare(floor, rackId) {
    let cursor = "";
    do {
      const query = new URLSearchParams({ floor, rack: rackId, ...(cursor && { cursor }) });
      const page = await this.api.get(`/api/items?${query}`);
      await this.#keep(page.items);
      cursor = page.next_cursor ?? "";
    } while (cursor);
  }

  /** @param {string} code */
  async #near(code) {
    const tx = this.db.transaction("items");
    const asWritten = await tx.store.get(code);
    return asWritten ?? (await tx.store.index("by_barcode").get(code)) ?? (await tx.store.get(code.toUpperCase()));
  }

  /** @param {string} text */
  async #searchNear(text) {
    const words = text.toLowerCase().split(/\s+/);
    const all = await this.db.getAll("items");
    const has = (/** @type {Item} */ item) => {
      const hay = `${item.item_code} ${item.barcode ?? ""} ${item.item_name}`.toLowerCase();
      return words.every((word) => hay.includes(word));
    };
    return all.filter(has).slice(0, MOST_HITS);
  }

  /** @param {string} path */
  async #ask(path) {
    try {
      const item = await this.api.get(path, AbortSignal.timeout(LOOK_UP_MS));
      await this.#keep([item]);
      return item;
    } catch (error) {
      if (error instanceof Problem && error.status === 404) return null;
      throw error;
    }
  }

  /** @param {Item[]} items */
  async #keep(items) {
    const tx = this.db.transaction("items", "readwrite");
    for (const item of items) void tx.store.put(withoutBook(item));
    await tx.done;
  }
}

/**
 * What a counter needs of an item. A device keeps no book figure: a count may have to be blind.
 * @param {Item} item
 * @returns {Item}
 */
function withoutBook({ item_code, barcode, item_name, category, uom, mrp, floor, rack }) {
  return { item_code, item_name, category, uom, mrp, floor, rack, ...(barcode && { barcode }) };
}
