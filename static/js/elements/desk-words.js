// @ts-check
/** A conflict in a supervisor's words: what happened, how the rack is now, what each decision will do. */
import { number, t, tn, tryText } from "../core/texts.js";

/** @import { Case, Conflict, Resolution } from "../core/types.js" */

/** @type {Record<string, string>} */
const ICONS = {
  duplicate_serial: "swap", invalid_quantity: "alert", rack_locked: "user", wrong_rack: "flag",
  stale_lease: "clock", stale_update: "differs", session_closed: "check",
};
/** @type {Record<string, string>} */
const AS = { rack_locked: "wrong_rack" };

/** @param {string} type */
export function typeWords(type) {
  return tryText(`desk.type.${type}`) ?? type;
}

/** @param {string} type */
export function iconOf(type) {
  return ICONS[type] ?? "alert";
}

/** @param {string | null} resolution */
export function howWords(resolution) {
  return tryText(`desk.how.${resolution}`) ?? String(resolution);
}

/** @param {Pick<Conflict, "item_name" | "payload">} conflict */
export function itemOf({ item_name, payload }) {
  return item_name ?? String(payload["item_code"]);
}

/** @param {string} field */
export function fieldWords(field) {
  return tryText(`field.${field}`) ?? field;
}

/**
 * A field's value as a person reads it.
 * @param {string} field
 * @param {any} value
 */
export function valueWords(field, value) {
  if (value === null || value === undefined || value === "" || (Array.isArray(value) && !value.length)) return "–";
  if (field === "evidence_photos") return tn("desk.photos", value.length);
  if (Array.isArray(value)) return value.join(", ");
  if (typeof value === "number") return number(value);
  const known = field === "status" ? "field.status" : field === "item_condition" ? "condition" : "";
  return (known && tryText(`${known}.${value}`)) || String(value);
}

/** @param {string} at */
export function momentWords(at) {
  const when = new Date(at);
  const isToday = when.toDateString() === new Date().toDateString();
  const day = isToday ? {} : { day: /** @type {const} */ ("numeric"), month: /** @type {const} */ ("short") };
  return when.toLocaleString(document.documentElement.lang, { ...day, hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
}

/** @param {Case} kase */
export function whyWords(kase) {
  const facts = factsOf(kase);
  const type = kase.conflict_type;
  const isFree = type === "duplicate_serial" && !contested(kase);
  return tryText(`desk.why.${type}${isFree ? ".free" : ""}`, facts) ?? "";
}

/**
 * The fields that the conflict is about, with a word and an icon for each.
 * @param {Case} kase
 * @returns {Map<string, {text: string, icon: string}>}
 */
export function marksOf({ conflict_type, differences, server }) {
  if (conflict_type === "invalid_quantity" && !server) {
    return new Map(["verified_qty", "damage_qty"].map((field) => [field, { text: t("desk.impossible"), icon: "alert" }]));
  }
  if (conflict_type === "duplicate_serial") {
    return new Map(server ? [["serial_numbers", { text: t("desk.in_both"), icon: "swap" }]] : []);
  }
  return new Map(differences.map(({ field }) => [field, { text: t("desk.differs"), icon: "differs" }]));
}

/** Whether the counter has sent a better version since. @param {Case} kase */
export function isCorrected({ conflict_type, server, status }) {
  return status === "open" && server !== null && !["duplicate_serial", "stale_update"].includes(conflict_type);
}

/** @param {Case} kase */
export function nowWords(kase) {
  const { rack } = kase;
  if (!rack) return "";
  const waits = rack["status"] === "available" && rack["recount"];
  return tryText(`desk.now.${waits ? "recount" : rack["status"]}`, { ...factsOf(kase), holder: rack["holder"] ?? "", fence: rack["fence"] }) ?? "";
}

/**
 * @param {Resolution} resolution
 * @param {Case} kase
 */
export function doesWords(resolution, kase) {
  const facts = factsOf(kase);
  const type = AS[kase.conflict_type] ?? kase.conflict_type;
  const { rack } = kase;
  if (resolution === "recount") {
    const how = rack?.["holder"] ? ".held" : rack?.["recount"] && rack["status"] === "available" ? ".waits" : "";
    return tryText(`desk.does.recount${how}`, facts) ?? "";
  }
  const special = type === "duplicate_serial" && !contested(kase) ? undefined : tryText(`desk.does.${resolution}.${type}`, facts);
  return special ?? tryText(`desk.does.${resolution}`, facts) ?? "";
}

/** Who has the serial number that this is about. @param {Case} kase */
export function contested({ serials, details }) {
  return serials.find(({ serial_number }) => serial_number === details["serial_number"]) ?? serials[0];
}

/** @param {Case} kase @returns {Record<string, string | number>} */
function factsOf(kase) {
  const { payload, details, session, rack, name } = kase;
  const other = contested(kase);
  return {
    name,
    rack: String(details["rack_id"] ?? kase.rack_id),
    own_rack: String(session?.["rack_id"] ?? kase.rack_id),
    qty: Number(payload["verified_qty"]),
    damaged: Number(payload["damage_qty"] ?? 0),
    serial: String(other?.["serial_number"] ?? details["serial_number"] ?? ""),
    other: String(other?.["name"] ?? t("feed.somebody")),
    other_rack: String(other?.["rack_id"] ?? ""),
    other_item: String(other?.["item_name"] ?? other?.["item_code"] ?? ""),
    holder: String(rack?.["holder"] ?? details["holder"] ?? t("feed.somebody")),
    fence: Number(payload["fence"] ?? session?.["fence"] ?? 0),
    pass: Number(rack?.["pass"] ?? 1),
    next_pass: Number(rack?.["pass"] ?? 1) + 1,
  };
}
