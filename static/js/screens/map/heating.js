// @ts-check
/** Heat layers: which figure colours the racks, where it comes from, and how it is kept up. */
import { boundsOf, classOf, figureOf } from "../../core/heat.js";
import { t } from "../../core/texts.js";
import { figureText, HeatLegend } from "../../elements/heat-legend.js";
import { part } from "../../elements/parts.js";

/** @import { Figures, Layer } from "../../core/heat.js" */
/** @import { Rack } from "../../core/types.js" */
/** @import { Shell } from "../shell.js" */
/** @import { Floor } from "./floor.js" */

/** Classes are cut anew so often, and figures of the server are asked for again. */
const ANEW_MS = 15_000;

export class Heating {
  /** @type {Layer | null} */
  layer = null;
  /** @type {number[]} */
  #bounds = [];
  /** @type {Map<string, Figures>} */
  #figures = new Map();

  /**
   * @param {Shell} shell
   * @param {Floor} floor
   */
  constructor({ api, toasts }, floor) {
    this.api = api;
    this.toasts = toasts;
    this.floor = floor;
    this.legend = /** @type {HeatLegend} */ (document.querySelector("heat-legend"));
    const choice = part(document, "layers", HTMLFieldSetElement);
    choice.addEventListener("change", (event) => {
      const chosen = event.target instanceof HTMLInputElement ? event.target.value : "state";
      void this.#choose(chosen === "state" ? null : /** @type {Layer} */ (chosen));
    });
    setInterval(() => this.layer && void this.#choose(this.layer), ANEW_MS);
  }

  /** Colour one rack. @param {Rack} rack */
  paint(rack) {
    const tile = this.floor.view.tiles.get(rack.rack_id);
    if (!tile || !this.layer) return;
    const figure = figureOf(this.layer, rack, this.#figures.get(rack.rack_id), Date.now());
    tile.heat = { class: classOf(figure, this.#bounds), text: figure === null ? "–" : signed(this.layer, figure) };
  }

  /** @param {Layer | null} layer */
  async #choose(layer) {
    this.layer = layer;
    if (layer && layer !== "progress") await this.#load();
    if (this.layer !== layer) return;
    this.repaint();
  }

  repaint() {
    const { layer, floor } = this;
    const racks = [...floor.shown.racks.values()];
    const now = Date.now();
    this.#bounds = layer ? boundsOf(layer, racks.map((rack) => figureOf(layer, rack, this.#figures.get(rack.rack_id), now))) : [];
    if (layer) floor.view.dataset["layer"] = layer;
    else delete floor.view.dataset["layer"];
    this.legend.show(layer, this.#bounds);
    floor.view.arrange();
    if (!layer) for (const tile of floor.view.tiles.values()) tile.heat = null;
    else for (const rack of racks) this.paint(rack);
  }

  /** What the server sums up for the open stocktake. */
  async #load() {
    try {
      const { stocktakes } = await this.api.get("/api/stocktakes");
      const open = stocktakes.find((/** @type {{status: string}} */ { status }) => status === "open") ?? stocktakes[0];
      if (!open) return;
      const { racks } = await this.api.get(`/api/stocktakes/${encodeURIComponent(open.stocktake_id)}/racks`);
      this.#figures = new Map(racks.map((/** @type {Figures & {rack_id: string}} */ rack) => [rack.rack_id, rack]));
    } catch (error) {
      console.warn("Figures of the racks could not be loaded:", error);
      if (this.layer !== "pace" && this.#figures.size === 0) this.toasts.say(t("heat.unreached"), "warn");
    }
  }
}

/**
 * A variance says which way it goes.
 * @param {Layer} layer
 * @param {number} figure
 */
function signed(layer, figure) {
  const text = figureText(layer, Math.abs(figure));
  if (layer !== "variance" || figure === 0) return text;
  return figure < 0 ? `−${text}` : `+${text}`;
}
