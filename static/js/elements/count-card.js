// @ts-check
/**
 * One item being counted: a fresh one until Save, or a count that is on disk and grows by scans and
 * steps. Events: `save` · `close` · `step` {by} · `run` {on}; `read()` gives what was entered.
 */
import { t } from "../core/texts.js";
import { CountFields } from "./count-fields.js";
import { formulaOf, traceWords } from "./count-words.js";
import { box, part, tell, write } from "./parts.js";
import { PhotoStrip } from "./photo-strip.js";
import { focusQuietly } from "./quiet-focus.js";
import { QuantityPad } from "./quantity-pad.js";

/** @import { Entry, Item } from "../core/types.js" */
/** @import { Details } from "../core/counts.js" */

class CountCard extends HTMLElement {
  /** @type {Item | null} */
  item = null;
  /** Id of the count on disk that is shown; null: what is entered is not saved yet. @type {string | null} */
  entryId = null;
  /** Whether something was entered that is not on disk. */
  isDirty = false;
  /** Whether scans are serial numbers of this item. */
  isRun = false;

  connectedCallback() {
    this.fields = new CountFields(this);
    part(this, "form", HTMLFormElement).addEventListener("submit", (event) => {
      event.preventDefault();
      this.#emit("save");
    });
    this.addEventListener("input", () => this.#dirty());
    this.pad.onstep = (by) => this.#stepped(by);
    box(this, "close").addEventListener("click", () => this.#emit("close"));
    box(this, "run").addEventListener("click", () => this.run(!this.isRun));
    this.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.#emit("close");
    });
  }

  get pad() {
    return part(this, "pad", QuantityPad);
  }

  get photos() {
    return part(this, "photos", PhotoStrip);
  }

  /**
   * @param {Item} item
   * @param {{entry?: Entry | null, quantity?: number | null, flag: string | null, before?: number}} facts
   */
  open(item, { entry = null, quantity = null, flag, before = 0 }) {
    const same = entry !== null && entry.id === this.entryId;
    this.item = item;
    this.entryId = entry?.id ?? null;
    this.hidden = false;
    this.toggleAttribute("data-live", entry !== null);
    write(this, "name", item.item_name || t("card.unknown_name"));
    write(this, "code", item.item_code);
    write(this, "barcode", item.barcode ?? "");
    write(this, "unit", item.uom ?? "");
    write(this, "flag-text", flag ?? "");
    box(this, "flag").hidden = !flag;
    tell(this, "before", before ? t("card.before", { n: before }) : null);
    if (!same) part(this, "more", HTMLDetailsElement).open = false;
    if (!same) this.run(false);
    this.photos.entryId = this.entryId;
    this.#fill(item, entry, quantity);
  }

  /** @param {Item} item @param {Entry | null} entry @param {number | null} quantity */
  #fill(item, entry, quantity) {
    this.pad.value = entry ? entry.record.verified_qty : quantity;
    tell(this, "formula", entry && formulaOf(entry));
    tell(this, "trace", entry && traceWords(entry));
    this.fields?.fill(item, entry?.record);
    this.#complain(null, null);
    this.isDirty = false;
    this.#showSave();
  }

  close() {
    this.item = null;
    this.entryId = null;
    this.isDirty = false;
    this.isRun = false;
    this.hidden = true;
  }

  /** @param {boolean} on  whether scans are serial numbers from now on */
  run(on) {
    this.isRun = on;
    const button = box(this, "run");
    button.setAttribute("aria-pressed", String(on));
    write(this, "run-text", t(on ? "card.run_stop" : "card.run"));
    if (on) part(this, "more", HTMLDetailsElement).open = true;
  }

  /**
   * What was entered; null where it does not fit, and then the card says why.
   * @returns {{qty: number, details: Details & {serial_numbers: string[], damage_qty: number}} | null}
   */
  read() {
    const qty = this.pad.value;
    if (qty === null) return this.#complain(t("card.bad_quantity"), "quantity");
    const read = this.fields?.read(qty);
    if (!read || "why" in read) return this.#complain(read?.why ?? "", read?.field ?? null);
    this.#complain(null, null);
    return { qty, details: read.details };
  }

  /** @param {string} why  told in the card */
  refuse(why) {
    tell(this, "error", why);
  }

  /** Put the cursor where a number replaces the quantity, without calling the screen keyboard. */
  focusQuantity() {
    focusQuietly(this.pad.input);
    this.pad.input.select();
  }

  /** @param {number} by */
  #stepped(by) {
    if (!this.entryId || this.isDirty) return this.#dirty();
    this.dispatchEvent(new CustomEvent("step", { detail: { by } }));
  }

  #dirty() {
    this.isDirty = true;
    this.#showSave();
  }

  #showSave() {
    write(this, "save-text", t(this.entryId && !this.isDirty ? "card.done" : "card.save"));
  }

  /** @param {string | null} why @param {string | null} field @returns {null} */
  #complain(why, field) {
    tell(this, "error", why);
    this.pad.isWrong = field === "quantity";
    this.fields?.complain(field === "quantity" ? null : field);
    return null;
  }

  /** @param {string} type */
  #emit(type) {
    this.dispatchEvent(new Event(type));
  }
}

customElements.define("count-card", CountCard);
export { CountCard };
