// @ts-check
/** The rows of an import, a kind at a time: tabs, and a table below. */
import { number, t } from "../core/texts.js";
import { box, part, write } from "./parts.js";
import { faultName, fieldName, shown } from "./import-words.js";

/** @import { ImportFlow, ImportRow, RowKind } from "../core/import-flow.js" */

/** @type {RowKind[]} */
const KINDS = ["new", "changed", "gone", "faulty"];

export class ImportRows {
  /** @type {RowKind} */
  kind = "new";
  /** @type {string | null} */
  #cursor = null;
  #turn = 0;

  /**
   * @param {HTMLElement} root
   * @param {ImportFlow} flow
   * @param {(error: unknown) => void} onError
   */
  constructor(root, flow, onError) {
    this.root = root;
    this.flow = flow;
    this.onError = onError;
    for (const tab of this.#tabs) tab.addEventListener("click", () => void this.show(this.#kindOf(tab)));
    box(root, "tabs").addEventListener("keydown", (event) => this.#walk(event));
    box(root, "more-rows").addEventListener("click", () => void this.#load());
  }

  /** Write the counts, and show the first kind that has any. */
  refresh() {
    const counts = this.flow.current?.counts;
    for (const kind of KINDS) write(this.root, `count-${kind}`, number(counts?.[kind] ?? 0));
    const first = KINDS.find((kind) => counts?.[kind]) ?? "new";
    return this.show(counts?.[this.kind] ? this.kind : first);
  }

  /** @param {RowKind} kind */
  async show(kind) {
    this.kind = kind;
    for (const tab of this.#tabs) {
      const isChosen = this.#kindOf(tab) === kind;
      tab.setAttribute("aria-selected", String(isChosen));
      tab.tabIndex = isChosen ? 0 : -1;
    }
    box(this.root, "panel").setAttribute("aria-labelledby", `tab-${kind}`);
    this.#cursor = null;
    this.#turn += 1;
    box(this.root, "rows").replaceChildren();
    await this.#load();
  }

  async #load() {
    const turn = this.#turn;
    const page = await this.flow.rows(this.kind, this.#cursor).catch((error) => this.onError(error));
    if (!page || turn !== this.#turn) return;
    this.#cursor = page.next_cursor;
    box(this.root, "rows").append(...page.rows.map((row) => this.#line(row)));
    const isEmpty = box(this.root, "rows").childElementCount === 0;
    box(this.root, "none").hidden = !isEmpty;
    box(this.root, "table").hidden = isEmpty;
    box(this.root, "more-rows").hidden = !this.#cursor;
  }

  /** @param {ImportRow} row */
  #line(row) {
    const line = document.createElement("tr");
    const [place, code, what] = ["td", "td", "td"].map((tag) => line.appendChild(document.createElement(tag)));
    if (!place || !code || !what) return line;
    place.textContent = row.row ? String(row.row) : "–";
    code.textContent = row.item_code ?? "–";
    code.className = "code";
    what.append(...this.#what(row));
    return line;
  }

  /** @param {ImportRow} row  @returns {Node[]} */
  #what(row) {
    if (row.field && row.why) {
      const fault = piece("fault", t("import.fault", { field: fieldName(row.field), why: faultName(row.why) }));
      const value = row.values?.[row.field];
      return value ? [fault, piece("hint change", `“${value}”`)] : [fault];
    }
    if (row.changes.length === 0) return [document.createTextNode(row.item_name ?? "")];
    return row.changes.map(({ field, old, new: next }) => {
      const change = piece("change", `${fieldName(field)}: `);
      change.append(piece("was", shown(old)), " → ", piece("will", shown(next)));
      return change;
    });
  }

  get #tabs() {
    return /** @type {HTMLButtonElement[]} */ ([...box(this.root, "tabs").querySelectorAll("[role=tab]")]);
  }

  /** @param {HTMLElement} tab */
  #kindOf(tab) {
    return /** @type {RowKind} */ (tab.dataset.kind);
  }

  /** Arrow keys, as tabs have them. @param {KeyboardEvent} event */
  #walk(event) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const place = KINDS.indexOf(this.kind);
    const next = KINDS[(place + step + KINDS.length) % KINDS.length];
    if (!next) return;
    void this.show(next);
    part(this.root, `count-${next}`, HTMLElement).closest("button")?.focus();
  }
}

/**
 * @param {string} kind
 * @param {string} text
 */
function piece(kind, text) {
  const span = document.createElement("span");
  span.className = kind;
  span.textContent = text;
  return span;
}
