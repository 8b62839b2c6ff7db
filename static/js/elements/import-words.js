// @ts-check
/** The words for fields, faults and moments of an import. */
import { number, tryText } from "../core/texts.js";

/** The fields of an item that a file may say. */
export const FIELDS = [
  "item_code", "item_name", "stock_qty", "barcode", "rack", "floor", "warehouse", "uom", "mrp", "category",
  "subcategory", "description", "autobarcode",
];

/** @param {string} field */
export const fieldName = (field) => tryText(`items.field.${field}`) ?? field;

/** Why a row cannot be used. @param {string} why  the server's words */
export function faultName(why) {
  const facts = { n: Number(why.match(/\d+/)?.[0] ?? 0) };
  return tryText(`import.why.${why.replace(/\d+/g, "n").replaceAll(" ", "_")}`, facts) ?? why;
}

/** @param {unknown} value */
export function shown(value) {
  if (value === null || value === undefined || value === "") return "–";
  return typeof value === "number" ? number(value) : String(value);
}

/** A day and its time, as the language writes them. @param {string} at */
export function moment(at) {
  return new Date(at).toLocaleString(document.documentElement.lang, { dateStyle: "medium", timeStyle: "short" });
}

/** A moment as a field for local time has it. @param {string | number} at */
export function localMoment(at) {
  const date = new Date(at);
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}
