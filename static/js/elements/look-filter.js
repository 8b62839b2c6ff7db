// @ts-check
/** Legend, figures and filter in one: a button a state. Event: `change`. */
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

  /** @returns {Set<string>} looks that are switched off */
  get switchedOff() {
    const off = this.querySelectorAll('button[aria-pressed="false"]');
    return new Set([...off].map((button) => /** @type {HTMLElement} */ (button).dataset["look"] ?? ""));
  }
}

customElements.define("look-filter", LookFilter);
export { LookFilter };
