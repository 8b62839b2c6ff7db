// @ts-check
/**
 * The last counts, newest first, each with where it has got to; a tap opens it again.
 * Rows are kept and changed in place. Event: `edit` {id}.
 */
import { number, t, timeOfDay } from "../core/texts.js";
import { extrasOf, isTakenBack, whyParked } from "./count-words.js";
import { box, clone, draw, part, tell, write } from "./parts.js";

/** @import { Entry, EntryState } from "../core/types.js" */

/** @type {Record<EntryState, string>} */
const ICONS = { queued: "queue", sending: "queue", acked: "check", parked: "alert" };

class CountList extends HTMLElement {
  /** @type {Map<string, HTMLElement>} */
  #rows = new Map();

  connectedCallback() {
    box(this, "list").addEventListener("click", (event) => {
      const row = event.target instanceof Element ? event.target.closest("li") : null;
      const id = [...this.#rows].find(([, one]) => one === row)?.[0];
      if (id) this.dispatchEvent(new CustomEvent("edit", { detail: { id } }));
    });
  }

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
    row.dataset["state"] = state;
    row.toggleAttribute("data-taken-back", isTakenBack(entry));
    write(row, "qty", number(record.verified_qty));
    write(row, "name", entry.item_name || t("card.unknown_name"));
    write(row, "code", record.item_code);
    write(row, "extra", extrasOf(entry));
    write(row, "at", timeOfDay(entry.events?.at(-1)?.at ?? entry.saved_at));
    part(row, "at", HTMLTimeElement).dateTime = record.updated_at;
    box(row, "edit").title = t("count.edit", { item: entry.item_name || record.item_code });
    draw(row, "icon", ICONS[state]);
    write(row, "state-text", t(`count.state.${state}`));
    tell(row, "why", verdict && whyParked(verdict));
    return row;
  }
}

customElements.define("count-list", CountList);
export { CountList };
