// @ts-check
/** What an item is found by, as one line of text; the words of a search, folded the same way. */

/** @import { Item } from "./types.js" */

/** @typedef {Pick<Item, "item_code" | "item_name" | "barcode" | "autobarcode">} Findable */

const APOSTROPHES = /['’`]/g;
const MARKS = /\p{M}/gu;
const NO_WORD = /[^\p{L}\p{N}]+/gu;

/** @param {Findable} item */
export function lineOf({ item_code, barcode, autobarcode, item_name }) {
  const codes = [item_code, barcode, autobarcode].map((code) => (code ? ` ${code.toLowerCase().replaceAll("\n", " ")}` : ""));
  return `${codes.join("")} ${wordsOf(item_name).join(" ")}`;
}

/** Words without case, accents and apostrophes, as the server has them. @param {string} text */
export function wordsOf(text) {
  const spelled = text.replace(APOSTROPHES, "").normalize("NFKD").toLowerCase().replace(MARKS, "");
  return spelled.split(NO_WORD).filter(Boolean);
}
