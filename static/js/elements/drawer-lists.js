// @ts-check
/** The drawer's two lists: counts as they come in, and who had the rack. */
import { number, t, timeOfDay, tryText } from "../core/texts.js";
import { box, clone, part, write } from "./parts.js";

/** @typedef {{client_record_id: string, item_code: string, item_name: string | null, verified_qty: number, damage_qty: number, sync_status: string, received_at: string, rev: number}} KeptRecord */
/** @typedef {{event_id: number, timestamp: string, action: string, name: string | null, user: string | null, details: Record<string, any>}} LogEntry */

/**
 * A count that is there already keeps its line; only what is new or changed is drawn.
 * @param {HTMLElement} root
 * @param {KeptRecord[] | null} records
 */
export function listCounts(root, records) {
  box(root, "records-box").hidden = !records;
  const list = box(root, "records-list");
  const known = new Map([...list.children].map((row) => [/** @type {HTMLElement} */ (row).dataset["id"] ?? "", /** @type {HTMLElement} */ (row)]));
  const rows = (records ?? []).map((record) => {
    const id = `${record.client_record_id}/${record.rev}`;
    return known.get(id) ?? fresh(id, record, known.size > 0);
  });
  list.replaceChildren(...rows);
  box(root, "records-none").hidden = rows.length > 0;
}

/**
 * @param {string} id
 * @param {KeptRecord} record
 * @param {boolean} isNews
 */
function fresh(id, { item_code, item_name, verified_qty, damage_qty, received_at, sync_status }, isNews) {
  const row = clone("drawer-record");
  row.dataset["id"] = id;
  row.toggleAttribute("data-news", isNews);
  row.toggleAttribute("data-parked", sync_status === "parked");
  write(row, "code", item_code);
  write(row, "name", item_name ?? "");
  const n = number(verified_qty);
  write(row, "qty", damage_qty ? t("drawer.damaged_of", { n, damaged: number(damage_qty) }) : n);
  write(row, "at", timeOfDay(received_at));
  part(row, "at", HTMLTimeElement).dateTime = received_at;
  return row;
}

/** @type {Record<string, string>} */
const WORDS = {
  rack_claimed: "claimed", rack_paused: "paused", rack_resumed: "resumed", rack_released: "released", rack_completed: "completed",
  rack_expired: "expired", recount_asked: "recount", rack_assigned: "assigned",
};

/**
 * @param {HTMLElement} root
 * @param {LogEntry[]} entries
 */
export function listHistory(root, entries) {
  const told = entries.flatMap((entry) => {
    const text = wordsOf(entry);
    if (!text) return [];
    const row = clone("drawer-entry");
    write(row, "text", text);
    write(row, "at", timeOfDay(entry.timestamp));
    part(row, "at", HTMLTimeElement).dateTime = entry.timestamp;
    return [row];
  });
  box(root, "history-list").replaceChildren(...told);
  box(root, "history-none").hidden = told.length > 0;
}

/** @param {LogEntry & {rack_id?: string}} entry */
function wordsOf({ action, name, user, details, rack_id: rack = "" }) {
  const word = WORDS[action];
  if (!word) return null;
  const who = action === "rack_assigned" ? String(details["assigned_to"] ?? "") : (name ?? user ?? "");
  const key = action === "rack_assigned" ? (who ? "feed.assigned.to" : "feed.unassigned") : `feed.${word}.who`;
  const text = (who && tryText(key, { who, rack })) || tryText(`feed.${word}`, { who, rack });
  return text && details["reason"] ? t("feed.reason", { text, reason: details["reason"] }) : (text ?? null);
}
