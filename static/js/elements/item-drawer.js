// @ts-check
/** One item with all its fields, and what came and left. */
import { number, t } from "../core/texts.js";
import { moment, shown } from "./import-words.js";
import { box, clone, tell, write } from "./parts.js";

/** @typedef {Record<string, any> & {item_code: string}} WholeItem */
/** @typedef {{kind: string, qty: number, at: string, reference: string | null, rack_id: string | null, in_book: boolean}} Move */

const FACTS = ["uom", "barcode", "autobarcode", "category", "subcategory", "mrp", "warehouse", "floor", "rack", "description"];

export class ItemDrawer {
  /** @type {WholeItem | null} */
  item = null;

  /** @param {HTMLDialogElement} dialog */
  constructor(dialog) {
    this.dialog = dialog;
    box(dialog, "close").addEventListener("click", () => dialog.close());
    dialog.addEventListener("click", ({ target }) => target === dialog && dialog.close());
  }

  /** @param {WholeItem} item */
  open(item) {
    this.item = item;
    const { dialog } = this;
    write(dialog, "item_code", item.item_code);
    write(dialog, "item_name", item.item_name);
    write(dialog, "stock_qty", shown(item.stock_qty));
    write(dialog, "updated_at", moment(item.updated_at));
    for (const name of FACTS) {
      write(dialog, name, shown(item[name]));
      box(dialog, `row-${name}`).hidden = item[name] === null;
    }
    box(dialog, "moves").replaceChildren();
    tell(dialog, "no-moves", null);
    box(dialog, "more-moves").hidden = true;
    if (!dialog.open) dialog.showModal();
  }

  /** @param {Move[]} moves  @param {boolean} hasMore */
  add(moves, hasMore) {
    const list = box(this.dialog, "moves");
    list.append(...moves.map((move) => this.#line(move)));
    tell(this.dialog, "no-moves", list.childElementCount ? null : t("items.no_movements"));
    box(this.dialog, "more-moves").hidden = !hasMore;
  }

  /** @param {Move} move */
  #line(move) {
    const line = clone("move");
    line.dataset.kind = move.kind;
    write(line, "qty", `${move.kind === "issue" ? "−" : "+"}${number(move.qty)}`);
    write(line, "at", moment(move.at));
    const notes = [move.rack_id, move.reference, move.in_book && t("items.move_in_book")];
    write(line, "note", notes.filter(Boolean).join(" · "));
    return line;
  }
}
