// @ts-check
/**
 * Keys typed anywhere on the page. A scanner's burst becomes a scan wherever the focus is; a person's
 * keys outside of fields go to the scan box. In other fields a key waits for a blink before it is
 * written: were it a scanner's, a quantity would be wrong until the burst ends, and might be saved.
 */
import { MAX_GAP_MS, Wedge } from "../../core/wedge.js";

/** @import { ScanBox } from "../../elements/scan-box.js" */

export class Keys {
  #wedge = new Wedge();
  /** Keys that wait, and where they belong. @type {{field: HTMLInputElement, text: string} | null} */
  #held = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer = undefined;

  /**
   * @param {ScanBox} scanBox
   * @param {(code: string) => void} onscan
   * @param {AbortSignal} signal
   */
  constructor(scanBox, onscan, signal) {
    this.scanBox = scanBox;
    this.onscan = onscan;
    document.addEventListener("keydown", (event) => this.#key(event), { signal, capture: true });
    document.addEventListener("pointerdown", () => this.#write(), { signal, capture: true });
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
    if (document.querySelector("dialog[open]")) return;
    if (event.key.length !== 1 && event.key !== "Enter" && event.key !== "Shift") this.#write();
    if (event.key.length === 1) this.#char(event);
    else if (event.key === "Enter") this.#enter(event);
    else if (event.key === "Backspace" && !isField(event.target)) this.scanBox.backspace();
  }

  /** @param {KeyboardEvent} event */
  #char(event) {
    const { target, key, timeStamp } = event;
    this.#wedge.type(key, timeStamp);
    if (target instanceof HTMLInputElement && target !== this.scanBox.input) this.#hold(event, target);
    if (this.#held) this.#writeSoon();
    const startsWithSpace = key === " " && this.scanBox.input.value === "";
    if (isField(target) || startsWithSpace || this.scanBox.input.disabled) return;
    event.preventDefault();
    this.scanBox.type(key);
  }

  /**
   * @param {KeyboardEvent} event
   * @param {HTMLInputElement} field
   */
  #hold(event, field) {
    event.preventDefault();
    if (this.#held?.field !== field) this.#write();
    this.#held = { field, text: (this.#held?.text ?? "") + event.key };
  }

  #writeSoon() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#write(), MAX_GAP_MS + 10);
  }

  /** It was a person: write what waited. */
  #write() {
    clearTimeout(this.#timer);
    const held = this.#held;
    this.#held = null;
    if (!held) return;
    const { field, text } = held;
    field.setRangeText(text, field.selectionStart ?? 0, field.selectionEnd ?? 0, "end");
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }

  /** @param {KeyboardEvent} event */
  #enter(event) {
    const { target } = event;
    const code = this.#wedge.enter(event.timeStamp);
    if (target instanceof HTMLTextAreaElement) return; // a scan run of serial numbers: Enter is a new line
    if (code) {
      event.preventDefault();
      event.stopPropagation();
      this.#held = null;
      this.scanBox.clear();
      this.onscan(code);
      return;
    }
    this.#write();
    if (!isField(target) && this.scanBox.input.value) {
      event.preventDefault();
      this.scanBox.submit();
    }
  }
}

/** @param {EventTarget | null} target */
function isField(target) {
  return target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement;
}
