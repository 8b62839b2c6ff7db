// @ts-check
/**
 * The places of a floor. A rack is picked up by a tap, by Enter or by dragging it, and put down on a
 * free place the same way. Property `grid`; events: `move` {rack, place}, `add` {place}, `pick` {rack}.
 */
import { FloorGrid, keyOf } from "../core/floor-grid.js";
import { t } from "../core/texts.js";

/** @import { Place, PlacedRack } from "../core/floor-grid.js" */

/** A finger that moved less than this meant a tap. */
const DRAG_PX = 8;

class RackEditor extends HTMLElement {
  #grid = new FloorGrid([]);
  /** @type {Map<string, HTMLButtonElement>} */
  #cells = new Map();
  /** @type {PlacedRack | null} */
  #picked = null;
  /** @type {{rack: PlacedRack, x: number, y: number, moves: boolean} | null} */
  #drag = null;
  #here = { row: 1, column: 1 };
  #mayEdit = false;
  #wasDragged = false;

  connectedCallback() {
    this.addEventListener("click", (event) => this.#press(this.#placeOf(event.target)));
    this.addEventListener("keydown", (event) => this.#key(event));
    this.addEventListener("focusin", (event) => {
      const place = this.#placeOf(event.target);
      if (place) this.#walkTo(place);
    });
    this.addEventListener("pointerdown", (event) => this.#grip(event));
    this.addEventListener("pointermove", (event) => this.#pull(event));
    this.addEventListener("pointerup", (event) => this.#drop(event));
    this.addEventListener("pointercancel", () => this.#letGo());
  }

  set mayEdit(/** @type {boolean} */ may) {
    this.#mayEdit = may;
    this.toggleAttribute("data-reads-only", !may);
  }

  get picked() {
    return this.#picked;
  }

  set grid(/** @type {FloorGrid} */ grid) {
    const hadFocus = this.contains(document.activeElement);
    this.#grid = grid;
    this.#picked = null;
    this.#cells = new Map(grid.places.map((place) => [keyOf(place), this.#cell(place)]));
    this.style.gridTemplateColumns = `repeat(${grid.columns}, 4.5rem)`;
    this.replaceChildren(...this.#cells.values());
    this.#walkTo(this.#cells.has(keyOf(this.#here)) ? this.#here : { row: 1, column: 1 });
    if (hadFocus) this.#cells.get(keyOf(this.#here))?.focus();
  }

  /** Nothing is picked any more. */
  putBack() {
    this.#pick(null);
  }

  /** @param {Place} place */
  #cell(place) {
    const cell = document.createElement("button");
    const rack = this.#grid.at(place);
    cell.type = "button";
    cell.className = "place";
    cell.tabIndex = -1;
    cell.dataset["row"] = String(place.row);
    cell.dataset["column"] = String(place.column);
    if (rack) {
      cell.dataset["rack"] = rack.rack_id;
      cell.toggleAttribute("data-busy", rack.status === "active" || rack.status === "paused");
      cell.textContent = rack.rack_id;
    }
    const facts = { rack: rack?.rack_id ?? "", row: place.row, column: place.column };
    cell.setAttribute("aria-label", rack ? t("admin.place_of", facts) : t("admin.free_place", facts));
    return cell;
  }

  /** @param {EventTarget | null} target @returns {Place | null} */
  #placeOf(target) {
    const cell = target instanceof Element ? target.closest(".place") : null;
    return cell instanceof HTMLElement
      ? { row: Number(cell.dataset["row"]), column: Number(cell.dataset["column"]) }
      : null;
  }

  /** @param {Place | null} place */
  #press(place) {
    if (this.#wasDragged) {
      this.#wasDragged = false;
      return;
    }
    if (!place || !this.#mayEdit) return;
    const rack = this.#grid.at(place);
    if (rack) this.#pick(rack === this.#picked ? null : rack);
    else if (this.#picked) this.#tell("move", { rack: this.#picked, place });
    else this.#tell("add", { place });
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.key === "Escape" && this.#picked) this.#pick(null);
    const next = this.#grid.step(this.#here, event.key);
    if (!next) return;
    event.preventDefault();
    this.#walkTo(next);
    this.#cells.get(keyOf(next))?.focus();
  }

  /** One place at a time is in the order of Tab. @param {Place} place */
  #walkTo(place) {
    const before = this.#cells.get(keyOf(this.#here));
    if (before) before.tabIndex = -1;
    this.#here = place;
    const cell = this.#cells.get(keyOf(place));
    if (cell) cell.tabIndex = 0;
    this.#aim(this.#picked ? place : null);
  }

  /** @param {PlacedRack | null} rack */
  #pick(rack) {
    if (this.#picked) this.#cells.get(keyOf(this.#picked))?.removeAttribute("data-picked");
    this.#picked = rack;
    if (rack) this.#cells.get(keyOf(rack))?.setAttribute("data-picked", "");
    this.#aim(null);
    this.#tell("pick", { rack });
  }

  /** Show where the picked rack would stand. @param {Place | null} place */
  #aim(place) {
    this.querySelector("[data-target]")?.removeAttribute("data-target");
    if (place && !this.#grid.at(place)) this.#cells.get(keyOf(place))?.setAttribute("data-target", "");
  }

  /** @param {PointerEvent} event */
  #grip(event) {
    const place = this.#placeOf(event.target);
    const rack = place && this.#grid.at(place);
    this.#wasDragged = false;
    if (!rack || !this.#mayEdit || event.button !== 0) return;
    this.#drag = { rack, x: event.clientX, y: event.clientY, moves: false };
  }

  /** @param {PointerEvent} event */
  #pull(event) {
    const drag = this.#drag;
    if (!drag) return;
    if (!drag.moves) {
      if (Math.hypot(event.clientX - drag.x, event.clientY - drag.y) < DRAG_PX) return;
      drag.moves = true;
      this.setPointerCapture(event.pointerId);
      this.#pick(drag.rack);
    }
    this.#aim(this.#placeOf(document.elementFromPoint(event.clientX, event.clientY)));
  }

  /** @param {PointerEvent} event */
  #drop(event) {
    const drag = this.#drag;
    this.#drag = null;
    if (!drag?.moves) return;
    this.#wasDragged = true;
    setTimeout(() => (this.#wasDragged = false));
    const place = this.#placeOf(document.elementFromPoint(event.clientX, event.clientY));
    if (place && !this.#grid.at(place)) this.#tell("move", { rack: drag.rack, place });
    else this.#pick(null);
  }

  #letGo() {
    if (this.#drag?.moves) this.#pick(null);
    this.#drag = null;
  }

  /** @param {string} name @param {object} detail */
  #tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}

customElements.define("rack-editor", RackEditor);
export { RackEditor };
