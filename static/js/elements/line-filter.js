// @ts-check
/** Chips that narrow the list of count lines, with what each would show. Event: `change` {filter}. */
import { number, t } from "../core/texts.js";
import { box, tell, write } from "./parts.js";

/** @import { LineFilter as Filter } from "../core/line-filter.js" */
/** @import { LineStatus, StocktakeProgress } from "../core/types.js" */

class LineFilter extends HTMLElement {
  /** @type {LineStatus[]} */
  #status = [];

  connectedCallback() {
    this.addEventListener("click", ({ target }) => {
      const chip = target instanceof Element ? target.closest("button") : null;
      if (chip) this.dispatchEvent(new CustomEvent("change", { detail: { filter: this.#asked(chip) } }));
    });
  }

  /** @param {Filter} filter */
  show(filter) {
    this.#status = filter.status;
    for (const chip of this.querySelectorAll("button")) {
      const { name = "", value = "" } = chip.dataset;
      const told = filter[/** @type {keyof Filter} */ (name)];
      const isOn = Array.isArray(told) ? told.includes(/** @type {LineStatus} */ (value)) : value ? told === value : Boolean(told);
      chip.setAttribute("aria-pressed", String(isOn));
    }
    for (const name of /** @type {const} */ (["rack", "item"])) {
      const chip = this.querySelector(`[data-name="${name}"]`);
      if (chip instanceof HTMLElement) chip.hidden = !filter[name];
      write(this, `${name}-text`, filter[name] && t(`lines.filter.${name}`, { what: filter[name] }));
    }
  }

  /** @param {StocktakeProgress} progress */
  set sums(progress) {
    for (const status of box(this, "status").querySelectorAll("button")) {
      const name = /** @type {LineStatus} */ (status.dataset["value"]);
      write(status, `n-${name}`, number(progress.by_status[name] ?? 0));
    }
    tell(this, "n-unknown", number(progress.unknown_items));
  }

  /**
   * @param {HTMLButtonElement} chip
   * @returns {Partial<Filter>}
   */
  #asked(chip) {
    const { name = "", value = "" } = chip.dataset;
    const isOn = chip.getAttribute("aria-pressed") === "true";
    if (name === "status") {
      const status = /** @type {LineStatus} */ (value);
      return { status: isOn ? this.#status.filter((each) => each !== status) : [...this.#status, status] };
    }
    if (name === "damaged" || name === "unknown") return { [name]: !isOn };
    return { [name]: isOn ? "" : value };
  }
}

customElements.define("line-filter", LineFilter);
export { LineFilter };
