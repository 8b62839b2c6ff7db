// @ts-check
/** The map as it is now, or as it was: one redraw a frame, of what changed only. */
import { FloorMap } from "../../core/floor-map.js";
import { firstFound, isWanted, traitsOf } from "../../core/rack-filter.js";
import { t } from "../../core/texts.js";
import { LookFilter } from "../../elements/look-filter.js";
import { box, part, tell } from "../../elements/parts.js";
import { RackMap } from "../../elements/rack-map.js";

/** @import { LiveEvent, Rack } from "../../core/types.js" */

/** Each turn redraws the ages of a twentieth of the racks: each is redrawn every 5 s. */
const TURN_MS = 250;
/** Figures that take a look at every rack. */
const SUM_MS = 1_000;
const LARGE = 500;
const GATHER_MS = 200;

export class Floor {
  map = new FloorMap();
  /** @type {FloorMap | null} what is shown instead of now */
  #past = null;
  /** @type {Set<string>} */
  #changed = new Set();
  #found = "";
  loaded = false;
  /** @type {(rack: Rack) => void} called with each rack that was redrawn */
  ondrawn = () => {};

  constructor() {
    this.view = /** @type {RackMap} */ (document.querySelector("rack-map"));
    this.looks = /** @type {LookFilter} */ (document.querySelector("look-filter"));
    this.select = part(document, "floor", HTMLSelectElement);
    this.find = part(document, "find", HTMLInputElement);
    this.select.addEventListener("change", () => this.filter());
    this.looks.addEventListener("change", () => this.filter());
    this.find.addEventListener("input", () => this.filter());
    this.find.addEventListener("keydown", (event) => this.#findKey(event));
    addEventListener("keydown", (event) => this.#slash(event));
    setInterval(() => this.view.tick(Date.now()), TURN_MS);
    setInterval(() => this.#sumUp(), SUM_MS);
  }

  /** What is on the screen. */
  get shown() {
    return this.#past ?? this.map;
  }

  get isPast() {
    return this.#past !== null;
  }

  /** @param {Rack[]} racks */
  drawAll(racks) {
    this.map.load(racks);
    this.loaded = true;
    tell(document, "loading", racks.length ? null : t("map.empty"));
    const names = this.map.floors;
    if (this.select.options.length !== names.length + 1) {
      this.select.replaceChildren(/** @type {Node} */ (this.select.options[0]), ...names.map((name) => new Option(name, name)));
    }
    if (this.#isDrawn(racks)) this.refresh();
    else this.view.draw(this.map);
    this.filter();
    for (const rack of this.shown.racks.values()) this.ondrawn(rack);
  }

  /**
   * @param {string} name
   * @param {LiveEvent} event
   */
  hear(name, event) {
    const rack = this.map.apply(name, event);
    if (rack && !this.#past) this.touch([rack.rack_id]);
  }

  /** Redraw these racks with the next frame. @param {Iterable<string>} ids */
  touch(ids) {
    const waits = this.#changed.size > 0;
    for (const id of ids) this.#changed.add(id);
    if (waits || this.#changed.size === 0) return;
    // A large floor changes all the time: what came in a fifth of a second is drawn in one frame.
    if (this.map.racks.size > LARGE) setTimeout(() => requestAnimationFrame(() => this.#redraw()), GATHER_MS);
    else requestAnimationFrame(() => this.#redraw());
  }

  /**
   * Show another map, or with null the present; `changed` where only these racks look different.
   * @param {FloorMap | null} map
   * @param {Set<string> | null} [changed]
   */
  look(map, changed = null) {
    const same = map === this.#past;
    this.#past = map;
    document.body.toggleAttribute("data-past", Boolean(map));
    if (changed && same) this.touch(changed);
    else this.refresh();
  }

  refresh() {
    this.touch(this.shown.racks.keys());
  }

  filter() {
    const now = Date.now();
    const wish = { off: this.looks.switchedOff, only: this.looks.only, floor: this.select.value, words: this.find.value.trim() };
    const wanted = this.view.filter((rack) => isWanted(rack, wish, now), wish.floor);
    box(document, "none").hidden = wanted > 0 || !this.loaded || this.map.racks.size === 0;
    this.#found = (wish.words && firstFound(this.shown.racks.values(), wish.words)?.rack_id) || "";
    this.#sumUp();
  }

  #redraw() {
    const { racks } = this.shown;
    for (const id of this.#changed) {
      const rack = racks.get(id);
      if (!rack) continue;
      this.view.update(rack, this.isPast);
      this.ondrawn(rack);
    }
    this.#changed.clear();
  }

  #sumUp() {
    if (!this.loaded) return;
    this.looks.sums = this.shown.tally();
    this.looks.traits = traitsOf(this.shown.racks.values(), Date.now());
    this.view.summarize(this.shown);
  }

  /** A snapshot of the racks that stand there already moves no tile. @param {Rack[]} racks */
  #isDrawn(racks) {
    const { tiles } = this.view;
    return racks.length === tiles.size && racks.every((rack) => {
      const drawn = tiles.get(rack.rack_id)?.rack;
      return drawn && drawn.floor === rack.floor && drawn.row === rack.row && drawn.column === rack.column;
    });
  }

  /** @param {KeyboardEvent} event */
  #findKey(event) {
    const tile = this.view.tiles.get(this.#found);
    if (event.key === "Escape") {
      this.find.value = "";
      this.filter();
    } else if (event.key === "Enter" && tile) {
      event.preventDefault();
      this.view.focusOn(tile);
    }
  }

  /** "/" goes to the search from everywhere but a field. @param {KeyboardEvent} event */
  #slash(event) {
    const isField = event.target instanceof HTMLInputElement || event.target instanceof HTMLTextAreaElement || event.target instanceof HTMLSelectElement;
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || isField || document.querySelector("dialog[open]")) return;
    event.preventDefault();
    this.find.focus();
    this.find.select();
  }
}
