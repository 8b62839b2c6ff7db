// @ts-check
/** One item being counted. Events: `save` · `close`; `read()` gives what was entered. */
import { quantityOf, serialsOf } from "../core/quantity.js";
import { number, t, tn } from "../core/texts.js";
import { box, part, tell, write } from "./parts.js";
import { focusQuietly } from "./quiet-focus.js";
import { QuantityPad } from "./quantity-pad.js";

/** @import { Item } from "../core/types.js" */

class CountCard extends HTMLElement {
  /** @type {Item | null} */
  item = null;

  connectedCallback() {
    part(this, "form", HTMLFormElement).addEventListener("submit", (event) => {
      event.preventDefault();
      this.dispatchEvent(new Event("save"));
    });
    box(this, "close").addEventListener("click", () => this.dispatchEvent(new Event("close")));
    box(this, "serials").addEventListener("input", () => this.#countSerials());
    this.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.dispatchEvent(new Event("close"));
    });
  }

  get pad() {
    return part(this, "pad", QuantityPad);
  }

  /**
   * @param {Item} item
   * @param {{quantity: number | null, flag: string | null, before: number}} facts
   */
  open(item, { quantity, flag, before }) {
    this.item = item;
    this.hidden = false;
    write(this, "name", item.item_name || t("card.unknown_name"));
    write(this, "code", item.item_code);
    write(this, "barcode", item.barcode ?? "");
    write(this, "uom", item.uom ?? "");
    write(this, "flag-text", flag ?? "");
    box(this, "flag").hidden = !flag;
    tell(this, "before", before ? t("card.before", { n: before }) : null);
    this.pad.value = quantity;
    part(this, "damage", HTMLInputElement).value = "0";
    part(this, "serials", HTMLTextAreaElement).value = "";
    part(this, "more", HTMLDetailsElement).open = false;
    tell(this, "error", null);
    for (const field of this.querySelectorAll("[aria-invalid]")) field.removeAttribute("aria-invalid");
    this.#countSerials();
  }

  close() {
    this.item = null;
    this.hidden = true;
  }

  /** One more of the same was scanned. */
  addOne() {
    this.pad.step(1);
  }

  /**
   * What was entered; null where it does not fit, and then the card says why.
   * @returns {{qty: number, damage: number, serials: string[]} | null}
   */
  read() {
    const qty = this.pad.value;
    const damage = quantityOf(part(this, "damage", HTMLInputElement).value || "0");
    const { serials, doubles } = serialsOf(part(this, "serials", HTMLTextAreaElement).value);
    const [why, field] = refusal(qty, damage, serials, doubles);
    tell(this, "error", why);
    for (const name of ["damage", "serials"]) box(this, name).setAttribute("aria-invalid", String(why !== null && field === name));
    this.pad.input.setAttribute("aria-invalid", String(why !== null && field === "quantity"));
    if (why === null && qty !== null && damage !== null) return { qty, damage, serials };
    if (field !== "quantity") part(this, "more", HTMLDetailsElement).open = true;
    (field === "quantity" ? this.pad.input : box(this, field)).focus();
    return null;
  }

  /** Put the cursor where a number replaces the quantity, without calling the screen keyboard. */
  focusQuantity() {
    focusQuietly(this.pad.input);
    this.pad.input.select();
  }

  #countSerials() {
    const { serials } = serialsOf(part(this, "serials", HTMLTextAreaElement).value);
    write(this, "serials-n", serials.length ? tn("card.serials.n", serials.length) : "");
  }
}

/**
 * @param {number | null} qty
 * @param {number | null} damage
 * @param {string[]} serials
 * @param {string[]} doubles
 * @returns {[string | null, "quantity" | "damage" | "serials"]}
 */
function refusal(qty, damage, serials, doubles) {
  if (qty === null) return [t("card.bad_quantity"), "quantity"];
  if (damage === null || damage > qty) return [t("card.bad_damage"), "damage"];
  if (doubles.length) return [t("card.double_serials", { serials: doubles.join(", ") }), "serials"];
  if (serials.length > qty) {
    return [t("card.bad_serials", { n: serials.length, quantity: number(qty) }), "serials"];
  }
  return [null, "quantity"];
}

customElements.define("count-card", CountCard);
export { CountCard };
