// @ts-check
/** The details of a count: damage, serial numbers, condition, making date, price, unit. Reads and checks. */
import { madeOf } from "../core/made-date.js";
import { quantityOf } from "../core/quantity.js";
import { serialsOf } from "../core/serials.js";
import { number, t, tn } from "../core/texts.js";
import { box, part, write } from "./parts.js";

/** @import { CountRecord, Item } from "../core/types.js" */
/** @import { Details } from "../core/counts.js" */

/** @typedef {{why: string, field: string}} Refusal */

const FIELDS = ["damage", "serials", "condition", "details", "mfg", "lot", "expiry", "mrp", "uom"];

export class CountFields {
  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root;
    box(root, "serials").addEventListener("input", () => this.showSerials());
  }

  /**
   * @param {Item} item
   * @param {Partial<CountRecord>} [record]  what was counted already
   */
  fill(item, record = {}) {
    const { damage_qty = 0, serial_numbers = [], item_condition, condition_details } = record;
    this.#set("damage", String(damage_qty));
    this.#set("serials", serial_numbers.join("\n"));
    this.#set("condition", item_condition ?? "good");
    this.#set("details", condition_details ?? "");
    this.#set("mfg", record.mfg_date ?? "");
    this.#set("lot", record.lot ?? "");
    this.#set("expiry", record.expiry_date ?? "");
    this.#set("mrp", (record.mrp ?? item.mrp ?? "").toString());
    this.#set("uom", record.uom ?? item.uom ?? "");
    this.complain(null);
    this.showSerials();
  }

  /**
   * @param {number} qty
   * @returns {{details: Details & {serial_numbers: string[], damage_qty: number}} | Refusal}
   */
  read(qty) {
    const { serials, doubles, tooLong } = serialsOf(this.#get("serials"));
    const damage = quantityOf(this.#get("damage") || "0");
    const mrp = this.#get("mrp") ? quantityOf(this.#get("mrp")) : undefined;
    const made = madeOf(this.#get("mfg"));
    const expiry = madeOf(this.#get("expiry"));
    if (damage === null || damage > qty) return { why: t("card.bad_damage"), field: "damage" };
    if (doubles.length) return { why: t("card.double_serials", { serials: doubles.slice(0, 5).join(", ") }), field: "serials" };
    if (tooLong[0]) return { why: t("card.long_serial", { serial: tooLong[0].slice(0, 24) }), field: "serials" };
    if (serials.length > qty) return { why: t("card.bad_serials", { n: serials.length, quantity: number(qty) }), field: "serials" };
    if (made === undefined) return { why: t("card.bad_mfg"), field: "mfg" };
    if (expiry === undefined) return { why: t("card.bad_mfg"), field: "expiry" };
    if (mrp === null) return { why: t("card.bad_mrp"), field: "mrp" };
    const condition = this.#get("condition");
    return {
      details: {
        damage_qty: damage,
        serial_numbers: serials,
        item_condition: condition === "good" ? null : condition,
        condition_details: this.#get("details").trim() || null,
        mfg_date: made,
        lot: this.#get("lot").trim() || null,
        expiry_date: expiry,
        ...(mrp !== undefined && { mrp }),
        ...(this.#get("uom").trim() && { uom: this.#get("uom").trim() }),
      },
    };
  }

  /** Mark the one field that does not fit. @param {string | null} name */
  complain(name) {
    for (const field of FIELDS) {
      if (field === name) box(this.root, field).setAttribute("aria-invalid", "true");
      else box(this.root, field).removeAttribute("aria-invalid");
    }
    if (!name) return;
    part(this.root, "more", HTMLDetailsElement).open = true;
    box(this.root, name).focus();
  }

  showSerials() {
    const { serials, doubles } = serialsOf(this.#get("serials"));
    const words = serials.length ? tn("card.serials.n", serials.length) : "";
    write(this.root, "serials-n", doubles.length ? `${words}. ${t("card.double_serials", { serials: doubles.slice(0, 5).join(", ") })}` : words);
    box(this.root, "serials-n").dataset["tone"] = doubles.length ? "bad" : "";
  }

  /** @param {string} serial */
  addSerial(serial) {
    const text = this.#get("serials").trimEnd();
    this.#set("serials", text ? `${text}\n${serial}` : serial);
    this.showSerials();
  }

  /** @param {string} name */
  #get(name) {
    return /** @type {HTMLInputElement} */ (box(this.root, name)).value;
  }

  /**
   * @param {string} name
   * @param {string} value
   */
  #set(name, value) {
    const field = /** @type {HTMLInputElement} */ (box(this.root, name));
    if (field.value !== value) field.value = value;
  }
}
