// @ts-check
/**
 * Keys typed anywhere on the page. A scanner's burst becomes a scan wherever the focus is; a person's
 * keys outside of fields go to the scan box. In other fields a key waits for a blink before it is
 * written: were it a scanner's, a quantity would be wrong until the burst ends, and might be saved.
 */
import { multiplierOf } from "../../core/quantity.js";
import { GS, isGroupSeparator, MAX_GAP_MS, Wedge } from "../../core/wedge.js";

/** @import { ScanBox } from "../../elements/scan-box.js" */

/** A field that takes scans itself, such as a run of serial numbers, says so by this attribute. */
const OWN_SCANS = "[data-scans]";

export class Keys {
  #wedge = new Wedge();
  /** Keys that wait, and where they belong. @type {{field: HTMLInputElement | HTMLTextAreaElement, text: string} | null} */
  #held = null;
  /** The field as it was before the keys that may be a scanner's. @type {{field: HTMLInputElement | HTMLTextAreaElement, text: string} | null} */
  #before = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer = undefined;

  /**
   * @param {ScanBox} scanBox
   * @param {(code: string, times: number) => void} onscan  `times`: what was typed before it, "5 then scan"
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
    if (event.isComposing || document.querySelector("dialog[open]")) return;
    if (isGroupSeparator(event)) return this.#separator(event);
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const ends = event.key === "Enter" || (event.key === "Tab" && this.#wedge.isBurst(event.timeStamp));
    if (event.key.length !== 1 && !ends && event.key !== "Shift") this.#write();
    if (event.key.length === 1) this.#char(event);
    else if (ends) this.#enter(event);
    else if (event.key === "Backspace" && !isField(event.target)) this.scanBox.backspace();
  }

  /** @param {KeyboardEvent} event */
  #separator(event) {
    event.preventDefault();
    this.#wedge.type(GS, event.timeStamp);
  }

  /** @param {KeyboardEvent} event */
  #char(event) {
    const { target, key, timeStamp } = event;
    this.#wedge.type(key, timeStamp);
    const other = isText(target) && target !== this.scanBox.input && !target.matches(OWN_SCANS);
    if (this.#wedge.code.length === 1) this.#before = other ? { field: target, text: target.value } : null;
    if (other) this.#hold(event, target);
    if (this.#held) this.#writeSoon();
    const startsWithSpace = key === " " && this.scanBox.input.value === "";
    if (isField(target) || startsWithSpace || this.scanBox.input.disabled) return;
    event.preventDefault();
    this.scanBox.type(key);
  }

  /**
   * @param {KeyboardEvent} event
   * @param {HTMLInputElement | HTMLTextAreaElement} field
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

  /** Some keys of a burst with a hole in it were written as if by a person: take them out. */
  #restore() {
    const { field, text } = this.#before ?? {};
    this.#before = null;
    if (!field || text === undefined || field.value === text) return;
    field.value = text;
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }

  /** @param {KeyboardEvent} event */
  #enter(event) {
    const { target } = event;
    if (target instanceof Element && target.matches(OWN_SCANS)) return this.#wedge.clear();
    const code = this.#wedge.enter(event.timeStamp);
    if (code) return this.#scanned(event, code);
    this.#write();
    if (event.key === "Enter" && !isField(target) && this.scanBox.input.value) {
      event.preventDefault();
      this.scanBox.submit();
    }
  }

  /**
   * @param {KeyboardEvent} event
   * @param {string} code
   */
  #scanned(event, code) {
    event.preventDefault();
    event.stopPropagation();
    this.#held = null;
    this.#restore();
    const shown = code.replaceAll(GS, "");
    const text = this.scanBox.input.value;
    const before = text.endsWith(shown) ? text.slice(0, -shown.length) : text;
    this.scanBox.clear();
    this.onscan(code, multiplierOf(before) ?? 1);
  }
}

/** @param {EventTarget | null} target @returns {target is HTMLInputElement | HTMLTextAreaElement} */
function isText(target) {
  return target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement;
}

/** @param {EventTarget | null} target */
function isField(target) {
  return isText(target) || target instanceof HTMLSelectElement;
}
