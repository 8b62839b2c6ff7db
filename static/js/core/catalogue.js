// @ts-check
/** Items: from this device where it has the catalogue, else from the server. */
import { Problem } from "./api.js";
import { CatalogueCopy } from "./catalogue-copy.js";
import { SearchIndex } from "./search-index.js";

/** @import { Item } from "./types.js" */

export const MIN_SEARCH = 3;
const MOST_HITS = 12;
/** On weak Wi-Fi a code is counted unchecked rather than the counter kept waiting. */
const LOOK_UP_MS = 2_500;

export class Catalogue {
  /**
   * @param {import("./store.js").Store} db
   * @param {Pick<import("./api.js").Api, "get">} api
   * @param {CatalogueCopy} [copy]
   */
  constructor(db, api, copy = new CatalogueCopy({ db, api })) {
    this.db = db;
    this.api = api;
    this.copy = copy;
  }

  /**
   * The item of a barcode or item code; one marked `unknown` where the catalogue has none, null where
   * nobody can say (no network, and not the whole catalogue here).
   * @param {string} code
   * @returns {Promise<Item | null>}
   */
  async find(code) {
    const near = await this.near(code);
    if (near) return near;
    const unknown = { item_code: code, item_name: "", unknown: true };
    try {
      return (await this.#ask(`/api/items/barcode/${encodeURIComponent(code)}`)) ?? unknown;
    } catch (error) {
      if (error instanceof Problem && error.status === 401) throw error;
      return (await this.copy.isWhole()) ? unknown : null;
    }
  }

  /**
   * @param {string} text  MIN_SEARCH characters or more
   * @param {AbortSignal} signal
   * @returns {Promise<Item[]>}
   */
  async search(text, signal) {
    if (await this.copy.isWhole()) return this.#searchNear(text);
    try {
      const answer = await this.api.get(`/api/items?search=${encodeURIComponent(text)}`, signal);
      const hits = answer.items.slice(0, MOST_HITS);
      await this.copy.keep(hits);
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
    if (await this.copy.isWhole()) return;
    let cursor = "";
    do {
      const query = new URLSearchParams({ floor, rack: rackId, ...(cursor && { cursor }) });
      const page = await this.api.get(`/api/items?${query}`);
      await this.copy.keep(page.items);
      cursor = page.next_cursor ?? "";
    } while (cursor);
  }

  /** The item of a code as far as this device knows. @param {string} code */
  async near(code) {
    const { store } = this.db.transaction("items");
    const [own, shop, asWritten, upper] = await Promise.all([
      store.index("by_barcode").get(code),
      store.index("by_autobarcode").get(code),
      store.get(code),
      store.get(code.toUpperCase()),
    ]);
    return own ?? shop ?? asWritten ?? upper;
  }

  /** @param {string} text */
  async #searchNear(text) {
    const index = (await this.copy.isWhole()) ? await this.copy.index() : await this.#indexOfAll();
    const codes = index.search(text, MOST_HITS);
    const { store } = this.db.transaction("items");
    const items = await Promise.all(codes.map((code) => store.get(code)));
    return items.filter((item) => item !== undefined);
  }

  /** Until the whole catalogue is here, of what is. */
  async #indexOfAll() {
    const index = new SearchIndex();
    for (const item of await this.db.getAll("items")) index.put(item);
    index.changes();
    return index;
  }

  /** @param {string} path */
  async #ask(path) {
    try {
      const item = await this.api.get(path, AbortSignal.timeout(LOOK_UP_MS));
      await this.copy.keep([item]);
      return item;
    } catch (error) {
      if (error instanceof Problem && error.status === 404) return null;
      throw error;
    }
  }
}
