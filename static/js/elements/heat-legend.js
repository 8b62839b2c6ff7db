// @ts-check
/** What the classes of a heat layer mean, in numbers. */
import { CLASSES } from "../core/heat.js";
import { number, t } from "../core/texts.js";
import { box, write } from "./parts.js";

/** @import { Layer } from "../core/heat.js" */

class HeatLegend extends HTMLElement {
  /**
   * @param {Layer | null} layer
   * @param {number[]} bounds
   */
  show(layer, bounds) {
    this.hidden = !layer;
    this.dataset["layer"] = layer ?? "";
    if (!layer) return;
    write(this, "title", bounds.length ? t(`heat.title.${layer}`) : t("heat.none_yet"));
    for (let i = 0; i < CLASSES; i += 1) {
      const isLast = i === CLASSES - 1;
      const bound = bounds[i];
      box(this, `class-${i}`).hidden = !bounds.length || (!isLast && bound === undefined);
      const text = isLast ? t("heat.over", { n: figureText(layer, bounds.at(-1) ?? 0) }) : t("heat.to", { n: figureText(layer, bound ?? 0) });
      write(this, `bound-${i}`, text);
    }
  }
}

/**
 * A figure of a layer as people read it.
 * @param {Layer} layer
 * @param {number} n
 */
export function figureText(layer, n) {
  if (layer === "progress") return `${number(Math.round(n * 100))}\u202f%`;
  return number(Math.abs(n) < 100 ? Math.round(n * 10) / 10 : Math.round(n));
}

customElements.define("heat-legend", HeatLegend);
export { HeatLegend };
