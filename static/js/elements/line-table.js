// @ts-check
/** Count lines, most at stake first: a table at a desk, cards in the hand. Events: `open` {id}, `pick` {id, range}. */
import { t } from "../core/texts.js";
import { bookWords, damagedWords, figure, showMark, showOdd, showStatus, value, variance } from "./line-words.js";
import { box, clone, part, tell, write } from "./parts.js";

/** @import { CountLine } from "../core/types.js" */
/** @import { LineList } from "../core/line-list.js" */

class LineTable extends HTMLElement {
  /** @type {Map<string, {row: HTMLElement, rev: number}>} */
  #rows = new Map();
  maySelect = false;

  connectedCallback() {
    this.addEventListener("click", (event) => {
      const { target } = event;
      const row = target instanceof Element ? target.closest("tbody tr") : null;
      const id = row instanceof HTMLElement ? row.dataset["id"] : undefined;
      if (!id || !(target instanceof Element)) return;
      if (!target.closest(".line__pick")) this.dispatchEvent(new CustomEvent("open", { detail: { id } }));
      else if (target instanceof HTMLInputElement) this.dispatchEvent(new CustomEvent("pick", { detail: { id, range: event.shiftKey } }));
    });
  }

  /** @param {LineList} list */
  show(list) {
    const body = box(this, "rows");
    const rows = list.lines.map((line) => this.#row(line));
    for (const [id, { row }] of this.#rows) {
      if (rows.includes(row)) continue;
      row.remove();
      this.#rows.delete(id);
    }
    // Rows that are in their place stay untouched, so that neither scroll nor focus is lost.
    rows.forEach((row, i) => body.children[i] === row || body.insertBefore(row, body.children[i] ?? null));
    this.mark(list);
  }

  /** Which line is at hand and which are picked. @param {LineList} list */
  mark(list) {
    this.toggleAttribute("data-picks", this.maySelect);
    const stop = list.current ?? list.lines[0]?.line_id;
    for (const [id, { row }] of this.#rows) {
      const open = part(row, "open", HTMLButtonElement);
      row.toggleAttribute("data-picked", list.picked.has(id));
      part(row, "pick", HTMLInputElement).checked = list.picked.has(id);
      open.tabIndex = id === stop ? 0 : -1;
      if (id === list.current) open.setAttribute("aria-current", "true");
      else open.removeAttribute("aria-current");
    }
  }

  /** @param {string | null} id */
  focusOn(id) {
    const row = id && this.#rows.get(id)?.row;
    if (!row) return;
    part(row, "open", HTMLButtonElement).focus({ preventScroll: true });
    row.scrollIntoView({ block: "nearest" });
  }

  /** Show that a line is not what it was a moment ago. @param {string} id */
  flash(id) {
    const row = this.#rows.get(id)?.row;
    row?.removeAttribute("data-flash");
    requestAnimationFrame(() => row?.setAttribute("data-flash", ""));
  }

  /** @param {CountLine} line */
  #row(line) {
    const known = this.#rows.get(line.line_id);
    const row = known?.row ?? clone("line");
    if (known?.rev !== line.rev) fill(row, line);
    this.#rows.set(line.line_id, { row, rev: line.rev });
    return row;
  }
}

/**
 * @param {HTMLElement} row
 * @param {CountLine} line
 */
function fill(row, line) {
  row.dataset["id"] = line.line_id;
  row.toggleAttribute("data-settled", line.settled);
  write(row, "pick-label", t("lines.pick", { item: line.item_code, rack: line.rack_id }));
  write(row, "code", line.item_code);
  write(row, "name", line.item_name);
  showOdd(row, line);
  write(row, "rack", line.rack_id);
  write(row, "floor", line.floor);
  write(row, "counted", figure(line.counted_qty));
  tell(row, "damaged", damagedWords(line.damage_qty));
  write(row, "expected", figure(line.expected_qty));
  tell(row, "book", line.moved_qty ? bookWords(line) : null);
  write(row, "variance", variance(line.variance_qty));
  tell(row, "value", line.variance_value === null || line.variance_value === 0 ? null : value(line.variance_value));
  showMark(row, line);
  showStatus(row, line.status);
}

customElements.define("line-table", LineTable);
export { LineTable };
