// @ts-check
/** Filters of the desk, with what each would show: by type, floor, age, and one rack. Event: `change` {filter}. */
import { duration, number, t, tryText } from "../core/texts.js";
import { box, clone, tell, write } from "./parts.js";

/** @import { Filter } from "../core/desk-queue.js" */
/** @import { ConflictStats } from "../core/types.js" */

/** Ages in seconds, and the classes of the server's figures that are older. */
const AGES = /** @type {const} */ ([
  [900, ["up_to_1_h", "up_to_4_h", "longer"]],
  [3600, ["up_to_4_h", "longer"]],
  [14_400, ["longer"]],
]);

class DeskFilter extends HTMLElement {
  connectedCallback() {
    this.addEventListener("click", ({ target }) => {
      const chip = target instanceof Element ? target.closest("button") : null;
      if (!chip) return;
      const { name = "", value = "" } = chip.dataset;
      const isOn = chip.getAttribute("aria-pressed") === "true";
      const told = isOn ? "" : value;
      const filter = { [name]: name === "olderThan" ? Number(told) : told };
      this.dispatchEvent(new CustomEvent("change", { detail: { filter } }));
    });
  }

  /**
   * @param {Filter} filter
   * @param {ConflictStats} stats
   */
  show(filter, stats) {
    const { open_by_type: types, open_by_floor: floors, open_by_age: ages } = stats;
    this.toggleAttribute("data-settled", filter.status === "resolved"); // the figures are of what is open
    const rack = filter.rack ? [chipOf("rack", filter.rack, t("desk.filter.rack", { rack: filter.rack }), null, true)] : [];
    this.#fill("type", [...rack, ...withMost(types, filter.type).map((type) => chipOf("type", type, tryText(`desk.chip.${type}`) ?? type, types[type] ?? 0, filter.type === type))]);
    this.#fill("floor", withMost(floors, filter.floor).map((floor) => chipOf("floor", floor, floor, floors[floor] ?? 0, filter.floor === floor)));
    this.#fill("age", AGES.map(([seconds, classes]) => {
      const n = classes.reduce((sum, name) => sum + (ages[name] ?? 0), 0);
      const text = t("desk.filter.older", { span: duration(seconds) });
      return chipOf("olderThan", String(seconds), text, n, filter.olderThan === seconds);
    }));
  }

  /**
   * @param {string} group
   * @param {HTMLElement[]} chips
   */
  #fill(group, chips) {
    const row = box(this, group);
    const focused = row.contains(document.activeElement) ? document.activeElement : null;
    const again = focused instanceof HTMLElement && chips.find(({ dataset }) => dataset["value"] === focused.dataset["value"]);
    row.replaceChildren(...chips);
    row.hidden = chips.length === 0;
    if (again) again.focus();
  }
}

/**
 * The names of a group, the most frequent first; the chosen one even where it has none.
 * @param {Record<string, number>} sums
 * @param {string} chosen
 */
function withMost(sums, chosen) {
  const names = Object.keys(sums).sort((a, b) => (sums[b] ?? 0) - (sums[a] ?? 0));
  return chosen && !names.includes(chosen) ? [...names, chosen] : names;
}

/**
 * @param {string} name
 * @param {string} value
 * @param {string} text
 * @param {number | null} n
 * @param {boolean} isOn
 */
function chipOf(name, value, text, n, isOn) {
  const chip = clone("chip");
  chip.dataset["name"] = name;
  chip.dataset["value"] = value;
  chip.setAttribute("aria-pressed", String(isOn));
  write(chip, "text", text);
  tell(chip, "n", n === null ? null : number(n));
  return chip;
}

customElements.define("desk-filter", DeskFilter);
export { DeskFilter };
