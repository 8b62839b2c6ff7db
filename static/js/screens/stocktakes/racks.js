// @ts-check
/** Rack by rack: how many of its lines are settled and what its variance is; each leads to its lines. */
import { money, number, t } from "../../core/texts.js";
import { box, clone, part, write } from "../../elements/parts.js";
import { wayTo } from "./overview.js";

/** @import { RackSums, Stocktake } from "../../core/types.js" */

/**
 * @param {Stocktake} stocktake
 * @param {RackSums[]} racks
 */
export function showRacks(stocktake, racks) {
  /** @type {Map<string, RackSums[]>} */
  const floors = new Map();
  for (const rack of racks) floors.set(rack.floor, [...(floors.get(rack.floor) ?? []), rack]);
  box(document, "floors-of").replaceChildren(...[...floors].map(([floor, those]) => floorOf(floor, those, stocktake)));
}

/**
 * @param {string} floor
 * @param {RackSums[]} racks
 * @param {Stocktake} stocktake
 */
function floorOf(floor, racks, stocktake) {
  const root = clone("rack-floor");
  write(root, "floor", floor);
  write(root, "print-text", t("stocktakes.print_floor", { floor }));
  const print = part(root, "print", HTMLAnchorElement);
  print.href = `/sheets/floor/${encodeURIComponent(floor)}`;
  print.hidden = stocktake.status === "closed";
  box(root, "racks").replaceChildren(...racks.map((rack) => rackOf(rack, stocktake)));
  return root;
}

/**
 * @param {RackSums} rack
 * @param {Stocktake} stocktake
 */
function rackOf(rack, stocktake) {
  const root = clone("rack-sum");
  const link = /** @type {HTMLAnchorElement} */ (root.querySelector("a"));
  const fill = /** @type {HTMLElement} */ (root.querySelector("i"));
  const net = money(rack.variance_value, { sign: true });
  link.href = wayTo(stocktake, { rack: rack.rack_id });
  write(root, "said", t("stocktakes.rack", { settled: number(rack.settled), of: number(rack.lines), net }));
  link.toggleAttribute("data-done", rack.lines > 0 && rack.settled === rack.lines);
  link.toggleAttribute("data-outside", rack.outside_tolerance > 0);
  write(root, "rack", rack.rack_id);
  write(root, "net", rack.counted ? net : `${number(rack.settled)}/${number(rack.lines)}`);
  fill.style.setProperty("--share", String(rack.lines ? rack.settled / rack.lines : 0));
  fill.style.setProperty("--counted", String(rack.lines ? rack.counted / rack.lines : 0));
  return root;
}
