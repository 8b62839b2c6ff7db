// @ts-check
/**
 * The queue of conflicts: one row each, kept in place while others come and go.
 * Events: `open` {id}, `pick` {id, range}.
 */
import { duration, number, t, tn } from "../core/texts.js";
import { howWords, iconOf, itemOf, typeWords } from "./desk-words.js";
import { box, clone, draw, part, tell, write } from "./parts.js";

/** @import { DeskQueue } from "../core/desk-queue.js" */
/** @import { Conflict } from "../core/types.js" */

class ConflictQueue extends HTMLElement {
  /** @type {Map<string, HTMLElement>} */
  #rows = new Map();
  /** Whether rows can be picked. */
  picks = false;

  connectedCallback() {
    this.addEventListener("click", (event) => this.#clicked(event));
  }

  /** @param {DeskQueue} queue */
  show(queue) {
    const list = box(this, "rows");
    const wanted = queue.lines.map((line) => this.#row(line, queue));
    const kept = new Set(wanted);
    for (const [id, row] of this.#rows) {
      if (kept.has(row)) continue;
      row.remove();
      this.#rows.delete(id);
    }
    // Only what is out of place moves: a row that is moved would lose the focus.
    wanted.forEach((row, i) => list.children[i] === row || list.insertBefore(row, list.children[i] ?? null));
  }

  /** Bring the open row into view, and the focus to it. @param {string | null} id */
  focusOn(id) {
    const row = this.#rows.get(id ?? "");
    if (!row) return;
    row.scrollIntoView({ block: "nearest" });
    part(row, "open", HTMLButtonElement).focus({ preventScroll: true });
  }

  /**
   * @param {Conflict} line
   * @param {DeskQueue} queue
   */
  #row(line, queue) {
    const id = line.conflict_id;
    const row = this.#rows.get(id) ?? clone("queue-row");
    this.#rows.set(id, row);
    row.dataset["id"] = id;
    row.dataset["type"] = line.conflict_type;
    const item = itemOf(line);
    draw(row, "icon", iconOf(line.conflict_type));
    write(row, "type", typeWords(line.conflict_type));
    write(row, "age", ageOf(line));
    write(row, "item", item);
    write(row, "rack", line.rack_id);
    write(row, "name", line.name);
    write(row, "sides", sidesOf(line));
    write(row, "pick-label", t("desk.pick", { item, rack: line.rack_id }));
    this.#mark(row, line, queue);
    return row;
  }

  /**
   * @param {HTMLElement} row
   * @param {Conflict} line
   * @param {DeskQueue} queue
   */
  #mark(row, line, queue) {
    const isOpen = queue.current === line.conflict_id;
    const settled = queue.settled.get(line.conflict_id) ?? decided(line);
    const open = part(row, "open", HTMLButtonElement);
    if (isOpen) open.setAttribute("aria-current", "true");
    else open.removeAttribute("aria-current");
    open.tabIndex = isOpen ? 0 : -1;
    const pick = part(row, "pick", HTMLInputElement);
    pick.checked = queue.picked.has(line.conflict_id);
    pick.tabIndex = isOpen ? 0 : -1;
    box(row, "pick-box").hidden = !this.picks || settled !== null;
    row.toggleAttribute("data-picked", pick.checked);
    row.toggleAttribute("data-settled", queue.settled.has(line.conflict_id));
    tell(row, "settled", settled && t("desk.settled_by", { name: settled.name, how: howWords(settled.resolution) }));
  }

  /** @param {MouseEvent} event */
  #clicked(event) {
    const target = event.target instanceof Element ? event.target : null;
    const id = target?.closest("li")?.dataset["id"];
    if (!target || !id) return;
    const isBox = target instanceof HTMLInputElement;
    if (!isBox && target.closest("label")) return; // its checkbox gets a click of its own
    const mayPick = this.picks && !box(/** @type {ParentNode} */ (target.closest("li")), "pick-box").hidden;
    if (mayPick && (isBox || event.shiftKey || event.ctrlKey || event.metaKey)) {
      const range = event.shiftKey;
      this.dispatchEvent(new CustomEvent("pick", { detail: { id, range } }));
    } else this.dispatchEvent(new CustomEvent("open", { detail: { id } }));
  }
}

/** @param {Conflict} line */
function decided({ status, resolution, settled_by, settled_by_name }) {
  return status === "resolved" ? { name: settled_by_name ?? settled_by ?? "", resolution: resolution ?? "" } : null;
}

/** @param {Conflict} line */
function ageOf({ created_at }) {
  return duration(Math.max(0, (Date.now() - Date.parse(created_at)) / 1000));
}

/** What clashes, in a word: the serial number, "5 > 3", "12 ≠ 10", or how many fields differ. @param {Conflict} line */
function sidesOf({ conflict_type, payload, server, details, differences }) {
  const client = number(payload["verified_qty"]);
  if (conflict_type === "duplicate_serial") return String(details["serial_number"] ?? "");
  if (conflict_type === "invalid_quantity") return `${number(payload["damage_qty"])} > ${client}`;
  const isQuantity = differences.some(({ field }) => field === "verified_qty");
  if (server && isQuantity) return `${client} ≠ ${number(server["verified_qty"])}`;
  return differences.length ? tn("desk.differs", differences.length) : `× ${client}`;
}

customElements.define("conflict-queue", ConflictQueue);
export { ConflictQueue };
