// @ts-check
/** A conflict in plain words: what clashed, why, what to do. */
import { number, t, tryText } from "../core/texts.js";

/** @import { OpenConflict } from "../core/open-conflicts.js" */

/** @param {OpenConflict} conflict @returns {{title: string, why: string, todo: string, sides: string | null}} */
export function wordsFor({ kind, message, details, payload, rack_id, qty }) {
  const known = tryText(`conflict.title.${kind}`) ? kind : "other";
  const facts = {
    serial: String(details["serial_number"] ?? payload["serial_numbers"]?.[0] ?? ""),
    damaged: Number(details["damage_qty"] ?? payload["damage_qty"] ?? 0),
    counted: Number(details["verified_qty"] ?? qty),
    holder: String(details["holder"] ?? "") || t("feed.somebody"),
    rack: String(details["rack_id"] ?? rack_id),
    session_rack: String(details["session_rack_id"] ?? ""),
    why: message,
  };
  const server = details["server"]?.verified_qty;
  const sides = typeof server === "number" ? `${t("conflicts.yours", { n: number(qty) })} · ${t("conflicts.theirs", { n: number(server) })}` : null;
  const word = (/** @type {string} */ part) => tryText(`conflict.${part}.${known}`, facts) ?? message;
  return { title: word("title"), why: word("why"), todo: word("do"), sides };
}
