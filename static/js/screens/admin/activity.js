// @ts-check
/** The activity log: by filters, page by page, and what happens now on top. */
import { dayAndTime, t, tryText } from "../../core/texts.js";
import { box, clone, part, tell, write } from "../../elements/parts.js";
import { filtersOf, PagedList } from "./list.js";

/** @import { Desk } from "../admin.js" */
/** @typedef {{event_id: number, timestamp: string, user: string | null, name: string | null, action: string, status: string, rack_id: string | null, floor: string | null, details: Record<string, unknown>}} Entry */

/** The log has an event about a second after it happened. */
const SOON_MS = 1_600;
/** A busy server takes longer, and what a filter leaves out never comes. */
const LOOKS = 3;
const SHORT = 12;
/** Facts for machines. */
const UNTOLD = new Set(["fence", "batches", "conflict_id", "client_record_id", "pass", "recount", "expected"]);

/**
 * @param {HTMLElement} section
 * @param {Desk} desk
 */
export function openActivity(section, { api, live }) {
  const form = part(section, "filters", HTMLFormElement);
  /** @type {PagedList<Entry>} */
  const list = new PagedList(section, { api, path: "/api/logs/activity", name: "entries", row, filters: () => filtersOf(form) });
  let isDue = false;

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void list.load();
  });
  live.addEventListener("event", () => {
    if (isDue || section.hidden || !part(section, "tail", HTMLInputElement).checked) return;
    isDue = true;
    setTimeout(() => void catchUp(LOOKS), SOON_MS);
  });
  void list.load();

  /** Put what is new on top; a screen reader is not told of every one. */
  /** @param {number} looks */
  async function catchUp(looks) {
    isDue = false;
    const shown = box(section, "list");
    const newest = Number(/** @type {HTMLElement | null} */ (shown.firstElementChild)?.dataset["id"] ?? 0);
    const entries = await list.newest().catch(() => []);
    const fresh = entries.filter(({ event_id: id }) => id > newest && !shown.querySelector(`[data-id="${id}"]`));
    const rows = fresh.map(row);
    for (const one of rows) one.classList.add("ledger__row--new");
    shown.prepend(...rows);
    if (rows.length) box(section, "none").hidden = true;
    else if (looks > 1) setTimeout(() => void catchUp(looks - 1), SOON_MS);
  }
}

/** @param {Entry} entry */
function row({ event_id, timestamp, user, name, action, rack_id, floor, details }) {
  const element = clone("activity");
  element.dataset["id"] = String(event_id);
  write(element, "at", dayAndTime(timestamp));
  part(element, "at", HTMLTimeElement).dateTime = timestamp;
  write(element, "action", tryText(`activity.${action}`) ?? action.replaceAll("_", " "));
  write(element, "who", name && user && name !== user ? `${name} (${user})` : (name ?? user ?? t("admin.nobody")));
  tell(element, "rack", rack_id);
  const facts = Object.entries(details).filter(([key, fact]) => !UNTOLD.has(key) && fact !== "" && fact !== false);
  const told = facts.map(([key, fact]) => `${wordOf(key)}: ${Array.isArray(fact) ? fact.join(", ") : shortOf(key, fact)}`);
  tell(element, "details", [...(floor ? [floor] : []), ...told].join(" · ") || null);
  return element;
}

/** Enough of a device's random name to tell it from others. @param {string} key @param {unknown} fact */
function shortOf(key, fact) {
  return key === "device_id" && String(fact).length > SHORT ? `${String(fact).slice(0, SHORT)}…` : fact;
}

/** @param {string} key */
function wordOf(key) {
  return tryText(`admin.fact.${key}`) ?? key.replaceAll("_", " ");
}
