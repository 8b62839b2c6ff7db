// @ts-check
/**
 * Keys typed anywhere on the page. A scanner's burst becomes a scan wherever the focus is, and whatever
 * happens to focus and fields while its keys come; a person's keys outside of fields go to the scan box.
 */
import { multiplierOf } from "../../core/quantity.js";
import { GS, isGroupSeparator, Wedge } from "../../core/wedge.js";
import { HeldKeys } from "./held-keys.js";

/** @import { ScanBox } from "../../elements/scan-box.js" */
/** @import { Field } from "./held-keys.js" */

/** A field that takes scans itself, such as a run of serial numbers, says so by this attribute. */
const OWN_SCANS = "[data-scans]";

export class Keys {
  #wedge = new Wedge();
  #held = new HeldKeys();
  /** What stood in the scan box before the keys that may be a scanner's: "5 then scan". */
  #ahead = "";
  /** A choice that the keys of a burst may turn. @type {{field: HTMLSelectElement, value: string} | null} */
  #choice = null;

  /**
   * @param {ScanBox} scanBox
   * @param {(code: string, times: number) => void} onscan  `times`: what was typed before it, "5 then scan"
   * @param {AbortSignal} signal
   */
  constructor(scanBox, onscan, signal) {
    this.scanBox = scanBox;
    this.onscan = onscan;
    document.addEventListener("keydown", (event) => this.#key(event), { signal, capture: true });
    document.addEventListener("pointerdown", () => this.#held.write(), { signal, capture: true });
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.isComposing) return;
    if (isGroupSeparator(event)) return this.#separator(event);
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const ends = event.key === "Enter" || (event.key === "Tab" && this.#wedge.isBurst(event.timeStamp));
    const dialog = document.querySelector("dialog[open]");
    if (dialog instanceof HTMLDialogElement) return this.#beside(event, dialog, ends);
    if (event.key.length !== 1 && !ends && event.key !== "Shift") this.#held.write();
    if (event.key.length === 1) this.#char(event);
    else if (ends) this.#enter(event);
    else if (event.key === "Backspace" && !isField(event.target)) this.scanBox.backspace();
  }

  /**
   * A window is open: its keys are its own, but a scan presses none of its buttons. It closes the window
   * and counts, as the label in the hand is what its counter goes on with.
   * @param {KeyboardEvent} event
   * @param {HTMLDialogElement} dialog
   * @param {boolean} ends
   */
  #beside(event, dialog, ends) {
    if (event.key.length === 1) {
      this.#wedge.type(event.key, event.timeStamp);
      if (event.key === " " && this.#wedge.code.length > 1) event.preventDefault();
    } else if (ends) {
      const code = this.#wedge.enter(event.timeStamp);
      if (!code) return;
      dialog.close();
      this.#ahead = "";
      this.#scanned(event, code);
    }
  }

  /** @param {KeyboardEvent} event */
  #separator(event) {
    event.preventDefault();
    this.#wedge.type(GS, event.timeStamp);
    if (this.#wedge.code.length === 1) this.#begin(event.target);
  }

  /** @param {KeyboardEvent} event */
  #char(event) {
    const { target, key, timeStamp } = event;
    this.#wedge.type(key, timeStamp);
    if (this.#wedge.code.length === 1) this.#begin(target);
    if (isText(target) && target !== this.scanBox.input && !target.matches(OWN_SCANS)) this.#held.hold(event, target);
    this.#held.writeSoon();
    const startsWithSpace = key === " " && this.scanBox.input.value === "";
    if (isField(target) || startsWithSpace || this.scanBox.input.disabled) return;
    event.preventDefault();
    this.scanBox.type(key);
  }

  /** @param {EventTarget | null} target */
  #begin(target) {
    this.#held.begin();
    this.#ahead = this.scanBox.input.value;
    this.#choice = target instanceof HTMLSelectElement ? { field: target, value: target.value } : null;
  }

  /** @param {KeyboardEvent} event */
  #enter(event) {
    const { target } = event;
    if (target instanceof Element && target.matches(OWN_SCANS)) return this.#wedge.clear();
    const code = this.#wedge.enter(event.timeStamp);
    if (code) return this.#scanned(event, code);
    this.#held.write();
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
    this.#held.drop();
    if (this.#choice) this.#choice.field.value = this.#choice.value;
    this.#choice = null;
    this.scanBox.clear();
    this.onscan(code, multiplierOf(this.#ahead) ?? 1);
  }
}

/** @param {EventTarget | null} target @returns {target is Field} */
function isText(target) {
  return target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement;
}

/** @param {EventTarget | null} target */
function isField(target) {
  return isText(target) || target instanceof HTMLSelectElement;
}
