// @ts-check
/** A merge, field by field: each field's value as text, and the fields that differ from what was sent. */
import { quantityOf } from "./quantity.js";
import { doublesOf, serialsOf } from "./serials.js";

/** Fields that a supervisor may set, in the order they are shown. */
export const MERGEABLE = [
  "verified_qty", "damage_qty", "serial_numbers", "mfg_date", "mrp", "uom", "category", "subcategory",
  "item_condition", "condition_details", "evidence_photos",
];
const NUMBERS = ["verified_qty", "damage_qty", "mrp"];
const MUST = ["verified_qty", "damage_qty"];

/**
 * A value as a person types it; photos cannot be typed.
 * @param {string} _field
 * @param {any} value
 */
export function textOf(_field, value) {
  if (Array.isArray(value)) return value.join(", ");
  return value === null || value === undefined ? "" : String(value);
}

/**
 * What a text means; undefined where it is no value of the field.
 * @param {string} field
 * @param {string} text
 * @returns {any}
 */
export function valueOf(field, text) {
  const plain = text.trim();
  if (NUMBERS.includes(field)) {
    if (!plain) return MUST.includes(field) ? undefined : null;
    return quantityOf(plain) ?? undefined;
  }
  if (field === "serial_numbers") {
    const { serials, tooLong } = serialsOf(text);
    return doublesOf(serials).length || tooLong.length ? undefined : serials;
  }
  if (field === "mfg_date") return plain === "" ? null : /^\d{4}(-\d{2}(-\d{2})?)?$/.test(plain) ? plain : undefined;
  return plain || null;
}

/**
 * @param {Record<string, any>} payload           what was sent
 * @param {Record<string, any>} chosen            field → value
 * @returns {{merged: Record<string, any>, wrong: string[]}} fields that differ, and fields that cannot be
 */
export function mergedOf(payload, chosen) {
  const wrong = Object.keys(chosen).filter((field) => chosen[field] === undefined);
  const changed = Object.entries(chosen).filter(([field, value]) => value !== undefined && !same(payload[field], value));
  const all = { ...payload, ...chosen };
  if (!wrong.length && (all["damage_qty"] ?? 0) > (all["verified_qty"] ?? 0)) wrong.push("damage_qty");
  return { merged: Object.fromEntries(changed), wrong };
}

/** Nothing, an empty list and 0 damaged say the same. @param {any} one @param {any} other */
export function same(one, other) {
  return textOf("", one || "") === textOf("", other || "");
}

/**
 * What a merge begins with: the client's values, but for serial numbers that another count holds.
 * @param {Record<string, any>} payload
 * @param {string[]} heldElsewhere
 */
export function firstChoice(payload, heldElsewhere) {
  /** @type {Record<string, any>} */
  const chosen = Object.fromEntries(MERGEABLE.map((field) => [field, payload[field] ?? null]));
  chosen["serial_numbers"] = (payload["serial_numbers"] ?? []).filter((/** @type {string} */ serial) => !heldElsewhere.includes(serial));
  return chosen;
}
