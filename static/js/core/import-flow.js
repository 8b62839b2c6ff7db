// @ts-check
/** An import of the catalogue as a worker goes on with it: asked again and again while it works. Events: `change`, `error`. */
import { Unreachable } from "./api.js";

/** @import { Api } from "./api.js" */

/** Often enough for a bar that moves; a file of 100,000 rows takes a minute or two. */
const ASK_MS = 600;
const AT_WORK = new Set(["reading", "running", "undoing"]);

/**
 * @typedef {"reading" | "preview" | "running" | "done" | "undoing" | "undone" | "failed" | "stopped"} ImportState
 * @typedef {"new" | "changed" | "gone" | "faulty"} RowKind
 *
 * @typedef {object} ItemImport
 * @property {string} import_id
 * @property {ImportState} state
 * @property {string} file_name
 * @property {boolean} whole
 * @property {string} stock_at
 * @property {{name: string, samples: string[]}[]} columns
 * @property {Record<string, string> | null} mapping   field to column
 * @property {Record<RowKind | "same", number>} counts
 * @property {number} done
 * @property {number} total
 * @property {{code: string, detail: string} | null} error
 * @property {string} created_by_name
 * @property {string} created_at
 * @property {string | null} committed_by_name
 * @property {string | null} committed_at
 * @property {string | null} undone_by_name
 *
 * @typedef {object} ImportRow
 * @property {number} row
 * @property {string | null} item_code
 * @property {string | null} item_name
 * @property {Record<string, string> | null} values
 * @property {{field: string, old: unknown, new: unknown}[]} changes
 * @property {string | null} field
 * @property {string | null} why
 *
 * @typedef {{mapping?: Record<string, string>, whole: boolean, stock_at: string}} ImportWish
 */

export class ImportFlow extends EventTarget {
  /** @type {ItemImport | null} */
  current = null;
  isSending = false;
  #turn = 0;

  /**
   * @param {Pick<Api, "get" | "post" | "patch" | "upload">} api
   * @param {(ms: number) => Promise<void>} [wait]
   */
  constructor(api, wait = (ms) => new Promise((go) => setTimeout(go, ms))) {
    super();
    this.api = api;
    this.wait = wait;
  }

  get isAtWork() {
    return this.isSending || AT_WORK.has(this.current?.state ?? "");
  }

  /**
   * @param {File} file
   * @param {string} stockAt  ISO 8601
   */
  async upload(file, stockAt) {
    const form = new FormData();
    form.append("file", file);
    form.append("stock_at", stockAt);
    this.isSending = true;
    this.#tell();
    await this.#follow(() => this.api.upload("/api/items/import", form));
  }

  /** @param {string} importId */
  open(importId) {
    return this.#follow(() => this.api.get(`/api/items/import/${importId}`));
  }

  /** Have the file read with other columns or options. @param {ImportWish} wish */
  understand(wish) {
    return this.#follow(() => this.api.patch(this.#path(), wish));
  }

  commit() {
    return this.#follow(() => this.api.post(this.#path("/commit")));
  }

  undo() {
    return this.#follow(() => this.api.post(this.#path("/undo")));
  }

  /** End the work between two steps. */
  stop() {
    return this.#follow(() => this.api.post(this.#path("/stop")));
  }

  /** What was stopped goes on, over or back. */
  goOn() {
    return this.current?.undone_by_name ? this.undo() : this.commit();
  }

  /** Forget this one: another file. */
  leave() {
    this.#turn += 1;
    this.current = null;
    this.#tell();
  }

  /**
   * Rows of a kind, a page.
   * @param {RowKind} kind
   * @param {string | null} cursor
   * @returns {Promise<{rows: ImportRow[], next_cursor: string | null}>}
   */
  rows(kind, cursor) {
    const more = cursor ? `&cursor=${encodeURIComponent(cursor)}` : "";
    return this.api.get(this.#path(`/rows?kind=${kind}&limit=50${more}`));
  }

  /**
   * Do `act`, and then ask until the server has done its work. A later act ends the asking.
   * @param {() => Promise<ItemImport>} act
   */
  async #follow(act) {
    const turn = (this.#turn += 1);
    try {
      let next = await act();
      while (turn === this.#turn) {
        this.isSending = false;
        this.current = next;
        this.#tell();
        if (!this.isAtWork) return;
        await this.wait(ASK_MS);
        next = await this.#ask(next);
      }
    } catch (error) {
      this.isSending = false;
      this.dispatchEvent(new CustomEvent("error", { detail: { error } }));
      this.#tell();
    }
  }

  /** The network may go for a moment: the import goes on without us. @param {ItemImport} last */
  async #ask(last) {
    try {
      return await this.api.get(`/api/items/import/${last.import_id}`);
    } catch (error) {
      if (error instanceof Unreachable) return last;
      throw error;
    }
  }

  #path(rest = "") {
    return `/api/items/import/${this.current?.import_id}${rest}`;
  }

  #tell() {
    this.dispatchEvent(new Event("change"));
  }
}
