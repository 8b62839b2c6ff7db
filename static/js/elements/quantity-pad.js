// @ts-check
/** A quantity by big steppers or by typing. Event: `change`. */
import { quantityOf, stepped } from "../core/quantity.js";
import { part } from "./parts.js";

class QuantityPad extends HTMLElement {
  connectedCallback() {
    this.addEventListener("click", (event) => {
      const button = event.target instanceof Element ? event.target.closest("[data-step]") : null;
      if (button instanceof HTMLElement) this.step(Number(button.dataset.step));
    });
    this.input.addEventListener("keydown", (event) => {
      const step = { ArrowUp: 1, ArrowDown: -1, PageUp: 10, PageDown: -10 }[event.key];
      if (step === undefined) return;
      event.preventDefault();
      this.step(step);
    });
  }

  get input() {
    return part(this, "input", HTMLInputElement);
  }

  /** The quantity; null where none is entered, or none that can be. */
  get value() {
    return quantityOf(this.input.value);
  }

  set value(n) {
    this.input.value = n === null ? "" : String(n);
  }

  /** @param {number} by */
  step(by) {
    this.value = stepped(this.value ?? 0, by);
    this.dispatchEvent(new Event("change"));
  }
}

customElements.define("quantity-pad", QuantityPad);
export { QuantityPad };
