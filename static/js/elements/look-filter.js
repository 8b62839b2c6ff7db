// @ts-check
/** Legend, figures and filter in one: a button a state, and one for each trait. Event: `change`. */
import { number } from "../core/texts.js";
import { write } from "./parts.js";

/** @import { RackLook } from "../core/floor-map.js" */

class LookFilter extends HTMLElement {
  connectedCallback() {
    this.addEventListener("click", (event) => {
      const button = event.target instanceof Element ? event.target.closest("button") : null;
      if (!button) return;
      button.setAttribute("aria-pressed", String(button.getAttribute("aria-pressed") !== "true"));
      this.dispatchEvent(new Event("change"));
    });
  }

  /** @param {Record<RackLook, number>} sums */
  set sums(sums) {
    for (const [look, n] of Object.entries(sums)) write(this, `n-${look}`, number(n));
  }

  /** @param {Record<string, number>} sums */
  set traits(sums) {
    for (const [trait, n] of Object.entries(sums)) {
      write(this, `n-${trait}`, number(n));
      this.querySelector(`[data-trait="${trait}"]`)?.toggleAttribute("data-some", n > 0);
    }
  }

  /** @returns {Set<string>} looks that are switched off */
  get switchedOff() {
    return this.#names('[data-look][aria-pressed="false"]', "look");
  }

  /** @returns {Set<string>} traits of which a rack must have one */
  get only() {
    return this.#names('[data-trait][aria-pressed="true"]', "trait");
  }

  /**
   * @param {string} selector
   * @param {string} name
   */
  #names(selector, name) {
    return new Set([...this.querySelectorAll(selector)].map((button) => /** @type {HTMLElement} */ (button).dataset[name] ?? ""));
  }
}

customElements.define("look-filter", LookFilter);
export { LookFilter };
