// @ts-check
/** Words about one count: how its quantity came about, what its labels told, what is special about it. */
import { standing, termsOf, traceOf } from "../core/scan-events.js";
import { number, t, tn, tryText } from "../core/texts.js";

/** @import { Entry } from "../core/types.js" */

/** "12 = 10 + 2", where more than one act led to it. @param {Entry} entry */
export function formulaOf({ events = [], record }) {
  const terms = termsOf(events).map(({ times, of }) => (times === 1 ? number(of) : `${number(times)} × ${number(of)}`));
  if (terms.length) return `${number(record.verified_qty)} = ${terms.join(" + ").replaceAll("+ -", "− ")}`;
  return isTakenBack({ events }) ? t("card.taken_back") : null;
}

/** Whether every act of a count was undone. @param {Pick<Entry, "events">} entry */
export function isTakenBack({ events = [] }) {
  return events.length > 0 && standing(events).length === 0;
}

/** @param {Entry} entry */
export function traceWords({ events = [], record }) {
  const { lots, expiries } = traceOf(events, record);
  return [...lots.map((lot) => t("card.lot", { lot })), ...expiries.map((day) => t("card.expiry", { day }))].join(" · ");
}

/** @param {Entry} entry */
export function extrasOf(entry) {
  const { record, flag } = entry;
  const words = [];
  const formula = formulaOf(entry);
  if (formula) words.push(formula);
  if (record.damage_qty) words.push(t("count.damaged", { n: record.damage_qty }));
  if (record.serial_numbers.length) words.push(tn("count.serials", record.serial_numbers.length));
  if (record.item_condition) words.push(tryText(`condition.${record.item_condition}`) ?? record.item_condition);
  if (record.evidence_photos?.length) words.push(tn("count.photos", record.evidence_photos.length));
  if (flag) words.push(t(flag === "unknown" ? "card.unknown" : "card.unchecked"));
  return words.join(" · ");
}

/** Why a count is parked. @param {{kind: string, message: string}} verdict */
export function whyParked({ kind, message }) {
  return tryText(`parked.${kind}`, { why: message }) ?? t("parked.other", { why: message });
}
