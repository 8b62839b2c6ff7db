// @ts-check
/** A count line in words and marks: what its status, its book figure and its variance say. */
import { money, moment, number, signed, t } from "../core/texts.js";
import { box, draw, tell, write } from "./parts.js";

/** @import { CountLine, LineStatus } from "../core/types.js" */

/** @type {Record<LineStatus, string>} */
const ICONS = {
  uncounted: "free", waiting: "clock", counted: "scan", disputed: "swap", recount: "recount", agreed: "check", approved: "check", rejected: "close",
};

/**
 * @param {ParentNode} root
 * @param {LineStatus} status
 */
export function showStatus(root, status) {
  box(root, "status-box").dataset["status"] = status;
  draw(root, "status-icon", ICONS[status]);
  write(root, "status", t(`line.status.${status}`));
}

/**
 * Within tolerance or not: an icon and a word, never a colour alone.
 * @param {ParentNode} root
 * @param {CountLine} line
 */
export function showMark(root, { within_tolerance: within, variance_qty: variance }) {
  const name = within === null ? "unknown" : variance === 0 ? "none" : within ? "within" : "outside";
  box(root, "mark-box").dataset["mark"] = name;
  draw(root, "mark-icon", name === "outside" ? "alert" : name === "unknown" ? "minus" : "check");
  write(root, "mark", t(`lines.mark.${name}`));
}

/**
 * What is unusual about the item at this place.
 * @param {ParentNode} root
 * @param {CountLine} line
 */
export function showOdd(root, { item_known, expected_here }) {
  tell(root, "odd", item_known ? (expected_here ? null : t("lines.elsewhere")) : t("lines.unknown_item"));
}

/** The book's figure at its moment, and what moved since. @param {CountLine} line */
export function bookWords({ book_qty, book_at, moved_qty }) {
  const facts = { book: number(book_qty), at: moment(book_at), moved: signed(moved_qty) };
  return moved_qty ? t("lines.book_moved", facts) : t("lines.book", facts);
}

/** @param {number | null} qty */
export function damagedWords(qty) {
  return qty ? t("lines.damaged_n", { n: qty }) : "";
}

/** @param {number | null} n */
export function figure(n) {
  return n === null ? "–" : number(n);
}

/** @param {number | null} n */
export function variance(n) {
  return n === null ? "–" : signed(n);
}

/** @param {number | null} n */
export function value(n) {
  return n === null ? "–" : money(n, { sign: true });
}
