// @ts-check
/** What a scan becomes: its event, and the words for it. */
import { madeOf } from "../../core/made-date.js";
import { scanEvent } from "../../core/scan-events.js";
import { number, t } from "../../core/texts.js";

/** @import { Entry, Item, ScanEvent } from "../../core/types.js" */
/** @import { ScanCode } from "../../core/scan-code.js" */
/** @import { Tone } from "../../core/sounds.js" */
/** @import { Found } from "./finding.js" */
/** @import { How } from "./taking.js" */

/**
 * @param {ScanCode} code
 * @param {number} pieces  in one of what was scanned
 * @param {{by: How["by"], times: number}} how
 * @returns {ScanEvent}
 */
export function eventOf({ gs1 }, pieces, { by, times }) {
  const { lot, expiry, serial } = gs1 ?? {};
  const told = { ...(lot && { lot }), ...(expiry && { expiry }), ...(serial && { serials: [serial] }) };
  return scanEvent({ by, qty: pieces * (serial ? 1 : times), ...(pieces > 1 && { pack: pieces }), ...told });
}

/**
 * What a label tells of the goods themselves; dates that no calendar has are left out.
 * @param {ScanCode["gs1"]} gs1
 */
export function goodsOf(gs1) {
  const { made = "", lot, expiry = "" } = gs1 ?? {};
  const [mfg_date, expiry_date] = [madeOf(made), madeOf(expiry)];
  return { ...(mfg_date && { mfg_date }), ...(lot && { lot }), ...(expiry_date && { expiry_date }) };
}

/** As much of an item as its count tells. @param {Entry} entry @returns {Item} */
export function itemOf({ record, item_name }) {
  const { item_code, uom, mrp, category } = record;
  return { item_code, item_name, uom: uom ?? null, mrp: mrp ?? null, category: category ?? null };
}

/**
 * @param {Found} found
 * @param {ScanEvent} event
 * @param {number} sum  what the item's count comes to
 * @returns {{text: string, tone: Tone}}
 */
export function outcomeOf({ item, flag }, { qty, expiry }, sum) {
  const facts = { n: number(qty), item: item.item_name || item.item_code, total: number(sum), code: item.item_code };
  const isPast = expiry !== undefined && expiry < new Date().toISOString().slice(0, 10);
  if (flag) return { text: t(flag === "unchecked" ? "scan.unchecked" : "scan.unknown", facts), tone: "warn" };
  if (isPast) return { text: t("scan.expired", { ...facts, day: expiry }), tone: "warn" };
  return { text: t("scan.saved", facts), tone: "good" };
}
