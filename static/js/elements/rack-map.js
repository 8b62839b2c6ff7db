// @ts-check
/** Floors side by side, racks where they stand, as large as the screen allows. Event: `open` {rack}. */
import { arrange } from "../core/floor-layout.js";
import { lookOf } from "../core/floor-map.js";
import { t } from "../core/texts.js";
import { box, clone, write } from "./parts.js";
import { stepOf, tileAfter } from "./rack-steps.js";
import { RackTile } from "./rack-tile.js";

/** @import { FloorMap } from "../core/floor-map.js" */
/** @import { FloorSize } from "../core/floor-layout.js" */
/** @import { Rack } from "../core/types.js" */

/** Ages are redrawn in turns, so that no single frame redraws a thousand. */
const TURNS = 20;
/** px at a text size of 16 px: between racks, a floor's heading, its rim, and the smallest rack. */
const GAP = 5;
const HEAD = 34;
const RIM = 10;
const LEAST = 46;
/** On a larger floor something flashes all the time: it tells nothing, and costs frames. */
const MOST_FLASHES = 500;

class RackMap extends HTMLElement {
  /** @type {Map<string, RackTile>} */
  tiles = new Map();
  /** @type {RackTile[]} */
  #all = [];
  /** @type {Map<string, HTMLElement>} */
  #floors = new Map();
  /** @type {FloorSize[]} */
  #sizes = [];
  /** @type {(rack: Rack) => boolean} */
  #isWanted = () => true;
  #shown = "";
  #turn = 0;

  connectedCallback() {
    this.addEventListener("click", (event) => {
      const tile = event.target instanceof Element ? event.target.closest("rack-tile") : null;
      if (tile instanceof RackTile) this.dispatchEvent(new CustomEvent("open", { detail: { rack: tile.rack } }));
    });
    this.addEventListener("keydown", (event) => this.#key(event));
    addEventListener("resize", () => this.arrange());
    new ResizeObserver(() => this.arrange()).observe(this);
  }

  /** @param {FloorMap} map */
  draw(map) {
    this.tiles.clear();
    this.#floors = new Map(map.floors.map((name) => [name, this.#section(name, map)]));
    this.#all = [...this.tiles.values()];
    this.#sizes = map.floors.map((name) => sizeOf(name, map));
    this.#shown = "";
    this.arrange();
    this.filter(this.#isWanted, "");
    this.summarize(map);
  }

  /**
   * @param {Rack} rack
   * @param {boolean} [quietly]
   */
  update(rack, quietly = false) {
    const tile = this.tiles.get(rack.rack_id);
    if (!tile) return;
    const moved = lookOf(tile.rack) !== lookOf(rack) || tile.rack.holder?.name !== rack.holder?.name;
    tile.rack = rack;
    tile.toggleAttribute("data-dim", !this.#isWanted(rack));
    if (moved && !quietly && this.#all.length <= MOST_FLASHES) tile.flash();
  }

  /**
   * @param {(rack: Rack) => boolean} isWanted
   * @param {string} floor      "" for all
   * @returns {number} how many racks are wanted
   */
  filter(isWanted, floor) {
    this.#isWanted = isWanted;
    let wanted = 0;
    for (const tile of this.#all) {
      const fits = isWanted(tile.rack);
      tile.toggleAttribute("data-dim", !fits);
      wanted += Number(fits);
    }
    for (const [name, section] of this.#floors) section.hidden = Boolean(floor) && name !== floor;
    if (this.dataset["floor"] !== floor) {
      this.dataset["floor"] = floor;
      this.arrange();
    }
    return wanted;
  }

  /** @param {FloorMap} map */
  summarize(map) {
    for (const [name, section] of this.#floors) {
      const sums = map.tally(name);
      const n = Object.values(sums).reduce((a, b) => a + b, 0);
      write(section, "summary", t("map.floor_summary", { done: sums.completed, n }));
      box(section, "done").style.setProperty("--share", (n ? sums.completed / n : 0).toFixed(3));
    }
  }

  /** Called often; each call redraws the ages of some racks. @param {number} now */
  tick(now) {
    for (let i = this.#turn; i < this.#all.length; i += TURNS) {
      const tile = this.#all[i];
      if (tile?.rack.holder) tile.tick(now);
    }
    this.#turn = (this.#turn + 1) % TURNS;
  }

  /** Share the floors out to columns for the room there is; nothing moves where that stays as it was. */
  arrange() {
    const sizes = this.#sizes.filter(({ name }) => !this.dataset["floor"] || name === this.dataset["floor"]);
    const em = parseFloat(getComputedStyle(document.documentElement).fontSize) / 16;
    const width = this.clientWidth;
    if (!sizes.length || !width) return;
    const below = parseFloat(getComputedStyle(this).getPropertyValue("--below")) || 0;
    const height = innerHeight - (this.getBoundingClientRect().top + scrollY) - below * em;
    const room = { width, height, gap: GAP, head: HEAD * em, rim: RIM * em, least: LEAST };
    const layout = arrange(sizes, room, 16 * em);
    this.style.setProperty("--tile", `${Math.floor(layout.height)}px`);
    this.dataset["density"] = layout.density;
    const told = JSON.stringify(layout.columns);
    if (told === this.#shown) return;
    this.#shown = told;
    this.replaceChildren(...layout.columns.map((names) => {
      const column = document.createElement("div");
      column.className = "map-column";
      column.append(...names.flatMap((name) => this.#floors.get(name) ?? []));
      return column;
    }));
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
    const grid = box(section, "grid");
    grid.style.setProperty("--columns", String(sizeOf(name, map).columns));
    for (const rack of map.racks.values()) {
      if (rack.floor !== name) continue;
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
    const step = stepOf(event.key);
    const from = event.target instanceof Element ? event.target.closest("rack-tile") : null;
    if (!step || !(from instanceof RackTile)) return;
    event.preventDefault();
    const next = tileAfter(from, step, this.#all);
    if (next) this.focusOn(next, from);
  }

  /**
   * @param {RackTile} tile
   * @param {RackTile} [from]
   */
  focusOn(tile, from) {
    if (from) from.button.tabIndex = -1;
    tile.button.tabIndex = 0;
    tile.button.focus();
  }
}

/**
 * @param {string} name
 * @param {FloorMap} map
 * @returns {FloorSize}
 */
function sizeOf(name, map) {
  const racks = [...map.racks.values()].filter(({ floor }) => floor === name);
  const most = (/** @type {number[]} */ places) => places.reduce((a, b) => Math.max(a, b), 0) + 1;
  return { name, rows: most(racks.map(({ row }) => row)), columns: most(racks.map(({ column }) => column)) };
}

customElements.define("rack-map", RackMap);
export { RackMap };
