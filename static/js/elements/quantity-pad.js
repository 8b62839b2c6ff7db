// @ts-check
/** A quantity by big steppers or by typing; `onstep` is told of each step. */
import { quantityOf, stepped } from "../core/quantity.js";
import { part } from "./parts.js";

class QuantityPad extends HTMLElement {
  /** @type {(by: number) => void} */
  onstep = () => {};

  connectedCallback() {
    this.addEventListener("click", (event) => {
      const button = event.target instanceof Element ? event.target.closest("[data-step]") : null;
      if (button instanceof HTMLElement) this.step(Number(button.dataset["step"]));
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
    const text = n === null ? "" : String(n);
    if (this.input.value !== text) this.input.value = text;
  }

  /** @param {boolean} wrong */
  set isWrong(wrong) {
    this.input.setAttribute("aria-invalid", String(wrong));
    if (wrong) this.input.focus();
  }

  /** @param {number} by */
  step(by) {
    const before = this.value ?? 0;
    this.value = stepped(before, by);
    const moved = Math.round(((this.value ?? 0) - before) * 1000) / 1000;
    if (moved) this.onstep(moved);
  }
}

customElements.define("quantity-pad", QuantityPad);
export { QuantityPad };
