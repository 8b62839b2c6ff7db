// @ts-check
/**
 * Keys typed in a field, which may be a scanner's: they wait for a blink before they are written. Were
 * they written at once, a quantity would be wrong until the burst ends, and might be saved. What a hole in
 * a burst let through is taken out again.
 */
import { MAX_GAP_MS } from "../../core/wedge.js";

/** @typedef {HTMLInputElement | HTMLTextAreaElement} Field */

export class HeldKeys {
  /** @type {{field: Field, text: string} | null} */
  #held = null;
  /** The field before and after what was written of this burst. @type {{field: Field, before: string, after: string} | null} */
  #written = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer = undefined;

  /** Another burst, or another person's number, begins. */
  begin() {
    this.#written = null;
  }

  /**
   * @param {KeyboardEvent} event
   * @param {Field} field
   */
  hold(event, field) {
    event.preventDefault();
    if (this.#held?.field !== field) this.write();
    this.#held = { field, text: (this.#held?.text ?? "") + event.key };
  }

  /** Write what waits unless another key comes. */
  writeSoon() {
    clearTimeout(this.#timer);
    if (this.#held) this.#timer = setTimeout(() => this.#writeUnlessMoreCame(), MAX_GAP_MS + 10);
  }

  /** It was a person: write what waited. */
  write() {
    clearTimeout(this.#timer);
    const held = this.#held;
    this.#held = null;
    if (!held) return;
    const { field, text } = held;
    const goesOn = this.#written?.field === field && this.#written.after === field.value;
    const before = goesOn ? (this.#written?.before ?? "") : field.value;
    field.setRangeText(text, field.selectionStart ?? 0, field.selectionEnd ?? 0, "end");
    this.#written = { field, before, after: field.value };
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }

  /** It was a scanner: forget what waited, and take out what was written, unless the field is another's by now. */
  drop() {
    clearTimeout(this.#timer);
    this.#held = null;
    const { field, before = "", after } = this.#written ?? {};
    this.#written = null;
    if (!field || field.value !== after) return;
    field.value = before;
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }

  /** The screen was busy: keys that are here already, but were not told yet, come first. */
  #writeUnlessMoreCame() {
    const waits = /** @type {any} */ (navigator).scheduling?.isInputPending?.();
    if (waits) this.writeSoon();
    else this.#timer = setTimeout(() => this.write());
  }
}
