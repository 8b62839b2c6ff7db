// @ts-check
/** Choose a floor, then a rack. Events: `floor` {floor} · `claim` {rack} · `accept` {rack} · `resume` {rack} · `again`. */
import { t, tn } from "../core/texts.js";
import { box, clone, tell, write } from "./parts.js";

/** @import { Floor, Rack } from "../core/types.js" */

class RackPicker extends HTMLElement {
  connectedCallback() {
    box(this, "again").addEventListener("click", () => this.dispatchEvent(new Event("again")));
  }

  /** @param {Rack[]} racks */
  set mine(racks) {
    box(this, "mine").hidden = racks.length === 0;
    box(this, "mine-list").replaceChildren(...racks.map((rack) => {
      const row = clone("mine");
      write(row, "rack", rack.rack_id);
      write(row, "floor", rack.floor);
      write(row, "status", t(rack.status === "paused" ? "choose.paused" : "choose.active"));
      row.addEventListener("click", () => this.#emit("resume", { rack }));
      return row;
    }));
  }

  /** What colleagues offer to hand over. @param {Rack[]} racks */
  set offered(racks) {
    box(this, "offered").hidden = racks.length === 0;
    box(this, "offered-list").replaceChildren(...racks.map((rack) => {
      const row = clone("offered");
      write(row, "rack", rack.rack_id);
      write(row, "floor", rack.floor);
      write(row, "who", t("hand.from", { who: rack.holder?.name ?? "" }));
      row.addEventListener("click", () => this.#emit("accept", { rack }));
      return row;
    }));
  }

  /** @param {Floor[]} floors */
  set floors(floors) {
    const chosen = this.floor;
    box(this, "floors").replaceChildren(...floors.map((floor) => {
      const tile = clone("floor");
      tile.dataset.floor = floor.floor;
      write(tile, "name", floor.floor);
      write(tile, "free", tn("choose.floor.free", floor.available));
      write(tile, "of", t("choose.floor.of", { n: floor.racks }));
      tile.addEventListener("click", () => this.#emit("floor", { floor: floor.floor }));
      return tile;
    }));
    this.#press(chosen);
  }

  /** The chosen floor, "" where none is. */
  get floor() {
    return this.dataset.floor ?? "";
  }

  /**
   * @param {string} floor
   * @param {Rack[]} racks
   */
  offer(floor, racks) {
    this.dataset.floor = floor;
    this.#press(floor);
    box(this, "racks").hidden = false;
    box(this, "racks-none").hidden = racks.length > 0;
    write(this, "racks-title", t("choose.racks", { floor }));
    box(this, "zones").replaceChildren(...zonesOf(racks).map(([name, inZone]) => {
      const zone = clone("zone");
      write(zone, "name", name);
      box(zone, "list").replaceChildren(...inZone.map((rack) => this.#plate(rack)));
      return zone;
    }));
  }

  focusRacks() {
    box(this, "racks-title").focus();
    box(this, "racks").scrollIntoView({ block: "start" });
  }

  /** @param {string | null} text */
  set notice(text) {
    tell(this, "notice-text", text);
    box(this, "notice").hidden = !text;
  }

  /** @param {Rack} rack */
  #plate(rack) {
    const plate = clone("rack");
    write(plate, "rack", rack.rack_id);
    box(plate, "mark").hidden = !rack.recount;
    box(plate, "yours").hidden = !rack.assigned_to;
    plate.addEventListener("click", () => this.#emit("claim", { rack }));
    return plate;
  }

  /** @param {string} floor */
  #press(floor) {
    for (const tile of box(this, "floors").querySelectorAll("button")) {
      tile.setAttribute("aria-pressed", String(tile.dataset.floor === floor));
    }
  }

  /**
   * @param {string} type
   * @param {object} detail
   */
  #emit(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}

/**
 * @param {Rack[]} racks
 * @returns {[string, Rack[]][]}
 */
function zonesOf(racks) {
  /** @type {Map<string, Rack[]>} */
  const zones = new Map();
  for (const rack of racks) {
    const name = rack.assigned_to ? t("choose.assigned") : rack.zone || t("choose.zone_none");
    zones.set(name, [...(zones.get(name) ?? []), rack]);
  }
  return [...zones];
}

customElements.define("rack-picker", RackPicker);
export { RackPicker };
