// @ts-check
/** Floors side by side, racks where they stand. Arrow keys walk from rack to rack. Event: `open` {rack}. */
import { lookOf } from "../core/floor-map.js";
import { t } from "../core/texts.js";
import { box, clone, write } from "./parts.js";
import { RackTile } from "./rack-tile.js";

/** @import { FloorMap } from "../core/floor-map.js" */
/** @import { Rack } from "../core/types.js" */

/** @type {Record<string, [number, number]>} row, column */
const STEPS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

class RackMap extends HTMLElement {
  /** @type {Map<string, RackTile>} */
  tiles = new Map();
  /** @type {Set<string>} */
  #off = new Set();
  #floor = "";

  connectedCallback() {
    this.addEventListener("click", (event) => {
      const tile = event.target instanceof Element ? event.target.closest("rack-tile") : null;
      if (tile instanceof RackTile) this.dispatchEvent(new CustomEvent("open", { detail: { rack: tile.rack } }));
    });
    this.addEventListener("keydown", (event) => this.#key(event));
  }

  /** @param {FloorMap} map */
  draw(map) {
    this.tiles.clear();
    this.replaceChildren(...map.floors.map((name) => this.#section(name, map)));
    this.filter(this.#off, this.#floor);
    this.summarize(map);
  }

  /** @param {Rack} rack */
  update(rack) {
    const tile = this.tiles.get(rack.rack_id);
    if (!tile) return;
    const moved = lookOf(tile.rack) !== lookOf(rack) || tile.rack.holder?.name !== rack.holder?.name;
    tile.rack = rack;
    tile.toggleAttribute("data-dim", this.#off.has(lookOf(rack)));
    if (moved) tile.flash();
  }

  /**
   * @param {Set<string>} off   looks that are switched off
   * @param {string} floor      "" for all
   */
  filter(off, floor) {
    this.#off = off;
    this.#floor = floor;
    for (const tile of this.tiles.values()) tile.toggleAttribute("data-dim", off.has(lookOf(tile.rack)));
    for (const section of this.children) {
      if (section instanceof HTMLElement) section.hidden = Boolean(floor) && section.dataset["floor"] !== floor;
    }
    this.toggleAttribute("data-single", Boolean(floor));
  }

  /** @param {FloorMap} map */
  summarize(map) {
    for (const section of this.children) {
      const sums = map.tally(/** @type {HTMLElement} */ (section).dataset["floor"]);
      const n = Object.values(sums).reduce((a, b) => a + b, 0);
      write(section, "summary", t("map.floor_summary", { done: sums.completed, n }));
    }
  }

  tick() {
    for (const tile of this.tiles.values()) if (tile.rack.holder) tile.tick();
  }

  /**
   * @param {string} name
   * @param {FloorMap} map
   */
  #section(name, map) {
    const section = clone("map-floor");
    section.dataset["floor"] = name;
    section.setAttribute("aria-label", name);
    write(section, "name", name);
    const racks = [...map.racks.values()].filter(({ floor }) => floor === name);
    const grid = box(section, "grid");
    grid.style.setProperty("--columns", String(Math.max(...racks.map(({ column }) => column)) + 1));
    for (const rack of racks) {
      const tile = new RackTile();
      tile.connectedCallback();
      tile.rack = rack;
      this.tiles.set(rack.rack_id, tile);
      grid.append(tile);
    }
    const first = grid.querySelector("button");
    if (first) first.tabIndex = 0;
    return section;
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const step = STEPS[event.key];
    const from = event.target instanceof Element ? event.target.closest("rack-tile") : null;
    if (!step || !(from instanceof RackTile)) return;
    event.preventDefault();
    const next = this.#next(from, step);
    if (!next) return;
    from.button.tabIndex = -1;
    next.button.tabIndex = 0;
    next.button.focus();
  }

  /**
   * The nearest tile of the same floor in the direction of a step.
   * @param {RackTile} from
   * @param {[number, number]} step
   */
  #next(from, [down, right]) {
    const { row, column, floor } = from.rack;
    /** @type {[number, RackTile][]} */
    const ahead = [];
    for (const tile of this.tiles.values()) {
      if (tile.rack.floor !== floor || tile === from) continue;
      const dr = tile.rack.row - row;
      const dc = tile.rack.column - column;
      const along = dr * down + dc * right;
      const aside = Math.abs(dr * right) + Math.abs(dc * down);
      if (along > 0) ahead.push([along + 10 * aside, tile]);
    }
    return ahead.sort(([a], [b]) => a - b)[0]?.[1];
  }
}

customElements.define("rack-map", RackMap);
export { RackMap };
