// @ts-check
/**
 * Tells a keyboard-wedge scanner from a person by rhythm: a scanner types a whole code with only
 * milliseconds between keys and ends it with Enter or Tab. No DOM: keys and times in, codes out. Times are
 * those of the hardware (`event.timeStamp`), not of their arrival, which a busy screen delays.
 */

/** Slowest scanners in the field leave some 50 ms between keys; people need more than 80. */
export const MAX_GAP_MS = 60;
/** A busy phone makes a hole in a burst; nobody types a digit and pulls a trigger as quickly as this. */
const HOLE_MS = 250;
/** Of so many gaps one may be a hole. */
const GAPS_A_HOLE = 4;
/** So many keys without a pause are no person's: after them even a long hole (a Bluetooth stall) is inside the code. */
const HEAD = 3;
const TORN_MS = 1_500;
const MIN_LENGTH = 4;
/** FNC1 between the elements of a GS1 code: most scanners press Ctrl+] for it, some F8. */
export const GS = String.fromCharCode(29);

/** @param {Pick<KeyboardEvent, "key" | "ctrlKey" | "altKey" | "metaKey">} event */
export function isGroupSeparator({ key, ctrlKey, altKey, metaKey }) {
  if (altKey || metaKey) return false;
  return (ctrlKey && key === "]") || key === GS || key === "F8";
}

export class Wedge {
  code = "";
  #last = -Infinity;
  #holes = 0;

  /**
   * A printable key.
   * @param {string} key  one character
   * @param {number} at   ms
   */
  type(key, at) {
    this.#pause(at);
    this.code += key;
    this.#last = at;
  }

  /**
   * Enter was pressed.
   * @param {number} at  ms
   * @returns {string | null} the scanned code; null when no scanner typed it
   */
  enter(at) {
    const code = this.isBurst(at) ? this.code : null;
    this.clear();
    return code;
  }

  /**
   * Whether the keys so far came too quickly for a person.
   * @param {number} at  ms
   */
  isBurst(at) {
    const holes = this.#holes + (at - this.#last > MAX_GAP_MS ? 1 : 0);
    const inTime = at - this.#last <= this.#longestHole;
    return inTime && this.code.length >= MIN_LENGTH && holes * GAPS_A_HOLE <= this.code.length;
  }

  clear() {
    this.code = "";
    this.#last = -Infinity;
    this.#holes = 0;
  }

  /** @param {number} at */
  #pause(at) {
    const gap = at - this.#last;
    if (gap > this.#longestHole) this.clear();
    else if (gap > MAX_GAP_MS) this.#holes += 1;
  }

  /** ms */
  get #longestHole() {
    return this.code.length >= HEAD && this.#holes === 0 ? TORN_MS : HOLE_MS;
  }
}
