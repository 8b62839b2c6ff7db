// @ts-check
/** The catalogue's table: a search, pages by cursor, and the drawer of one item. */
import { t, tn } from "../../core/texts.js";
import { shown } from "../../elements/import-words.js";
import { ItemDrawer } from "../../elements/item-drawer.js";
import { box, clone, part, tell, write } from "../../elements/parts.js";
import { wordsOf } from "../problems.js";

/** @import { Api } from "../../core/api.js" */
/** @import { WholeItem } from "../../elements/item-drawer.js" */

const TYPING_MS = 200;
const SHORTEST = 3;
const PAGE = 50;

export class ItemBrowser {
  /** @type {string | null} */
  #cursor = null;
  /** @type {string | null} */
  #moves = null;
  #turn = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /** @param {Api} api */
  constructor(api) {
    this.api = api;
    this.list = box(document, "items");
    this.rows = box(this.list, "rows");
    this.field = part(document, "search", HTMLInputElement);
    this.drawer = new ItemDrawer(/** @type {HTMLDialogElement} */ (document.getElementById("item")));
    this.field.addEventListener("input", () => {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => void this.search(), TYPING_MS);
    });
    box(document, "more").addEventListener("click", () => void this.#load());
    box(this.drawer.dialog, "more-moves").addEventListener("click", () => void this.#loadMoves());
    this.rows.addEventListener("click", ({ target }) => {
      const code = target instanceof Element ? target.closest("tr")?.dataset.code : undefined;
      if (code) void this.#open(code);
    });
  }

  get text() {
    return this.field.value.trim();
  }

  async search() {
    if (this.text && this.text.length < SHORTEST) return write(document, "said", t("items.search_short"));
    this.#turn += 1;
    this.#cursor = null;
    await this.#load(true);
  }

  async #load(isFirst = false) {
    const turn = this.#turn;
    const query = new URLSearchParams({ limit: String(PAGE) });
    if (this.text) query.set("search", this.text);
    if (this.#cursor) query.set("cursor", this.#cursor);
    try {
      const page = await this.api.get(`/api/items?${query}`);
      if (turn !== this.#turn) return;
      this.#cursor = page.next_cursor;
      if (isFirst) this.rows.replaceChildren();
      this.rows.append(...page.items.map((/** @type {WholeItem} */ item) => this.#line(item)));
      this.#say();
    } catch (error) {
      tell(document, "trouble", wordsOf(error));
    }
  }

  #say() {
    const count = this.rows.childElementCount;
    const nothing = this.text ? t("items.none", { text: this.text }) : t("items.empty");
    tell(document, "trouble", null);
    tell(document, "empty", count ? null : nothing);
    write(document, "said", count ? tn("items.found", count) : "");
    this.list.hidden = count === 0;
    box(document, "more").hidden = !this.#cursor;
  }

  /** @param {WholeItem} item */
  #line(item) {
    const line = clone("item");
    line.dataset.code = item.item_code;
    write(line, "code", item.item_code);
    write(line, "name", item.item_name);
    write(line, "barcode", item.barcode ?? "");
    write(line, "category", item.category ?? "");
    write(line, "rack", item.rack ?? "");
    write(line, "stock", shown(item.stock_qty));
    return line;
  }

  /** @param {string} code */
  async #open(code) {
    try {
      this.drawer.open(await this.api.get(`/api/items/${encodeURIComponent(code)}`));
      this.#moves = null;
      await this.#loadMoves();
    } catch (error) {
      tell(document, "trouble", wordsOf(error));
    }
  }

  async #loadMoves() {
    const code = this.drawer.item?.item_code ?? "";
    const query = new URLSearchParams({ item_code: code, limit: "20" });
    if (this.#moves) query.set("cursor", this.#moves);
    const page = await this.api.get(`/api/items/movements?${query}`);
    if (this.drawer.item?.item_code !== code) return;
    this.#moves = page.next_cursor;
    this.drawer.add(page.movements, Boolean(this.#moves));
  }
}
