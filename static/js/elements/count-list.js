// @ts-check
/** The last counts, newest first, each with where it has got to. Rows are kept and changed in place. */
import { number, t, timeOfDay, tn, tryText } from "../core/texts.js";
import { box, clone, draw, part, tell, write } from "./parts.js";

/** @import { Entry, EntryState } from "../core/types.js" */

/** @type {Record<EntryState, string>} */
const ICONS = { queued: "queue", sending: "queue", acked: "check", parked: "alert" };

class CountList extends HTMLElement {
  /** @type {Map<string, HTMLElement>} */
  #rows = new Map();

  /** @param {Entry[]} entries */
  set entries(entries) {
    const list = box(this, "list");
    const rows = new Map(entries.map((entry) => [entry.id, this.#row(entry)]));
    for (const [id, row] of this.#rows) if (!rows.has(id)) row.remove();
    this.#rows = rows;
    /** @type {Element | null} */
    let place = list.firstElementChild;
    for (const row of rows.values()) {
      if (row === place) place = place.nextElementSibling;
      else list.insertBefore(row, place);
    }
    box(this, "none").hidden = entries.length > 0;
  }

  /** @param {Entry} entry */
  #row(entry) {
    const row = this.#rows.get(entry.id) ?? clone("count");
    const { record, state, verdict } = entry;
    row.dataset.state = state;
    write(row, "qty", number(record.verified_qty));
    write(row, "name", entry.item_name || t("card.unknown_name"));
    write(row, "code", record.item_code);
    write(row, "extra", extras(entry));
    write(row, "at", timeOfDay(entry.saved_at));
    part(row, "at", HTMLTimeElement).dateTime = record.created_at;
    draw(row, "icon", ICONS[state]);
    write(row, "state-text", t(`count.state.${state}`));
    tell(row, "why", verdict && wordsFor(verdict));
    return row;
  }
}

/** @param {Entry} entry */
function extras({ record }) {
  const words = [];
  if (record.damage_qty) words.push(t("count.damaged", { n: record.damage_qty }));
  if (record.serial_numbers.length) words.push(tn("count.serials", record.serial_numbers.length));
  return words.join(", ");
}

/** @param {{kind: string, message: string}} verdict */
function wordsFor({ kind, message }) {
  return tryText(`parked.${kind}`, { why: message }) ?? t("parked.other", { why: message });
}

customElements.define("count-list", CountList);
export { CountList };
