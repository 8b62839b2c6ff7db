// @ts-check
/**
 * Tells a keyboard-wedge scanner from a person by rhythm: a scanner types a whole code with only
 * milliseconds between keys and ends it with Enter. No DOM: keys and times in, codes out.
 */

/** Slowest scanners in the field leave some 50 ms between keys; people need more than 80. */
export const MAX_GAP_MS = 60;
const MIN_LENGTH = 4;

export class Wedge {
  constructor() {
    this.code = "";
    this.last = -Infinity;
  }

  /**
   * A printable key.
   * @param {string} key  one character
   * @param {number} at   ms
   */
  type(key, at) {
    if (at - this.last > MAX_GAP_MS) this.clear();
    this.code += key;
    this.last = at;
  }

  /**
   * Enter was pressed.
   * @param {number} at  ms
   * @returns {string | null} the scanned code; null when no scanner typed it
   */
  enter(at) {
    const code = at - this.last <= MAX_GAP_MS && this.code.length >= MIN_LENGTH ? this.code : null;
    this.clear();
    return code;
  }

  /** Whether the keys so far come too quickly for a person. */
  get isRunning() {
    return this.code.length >= MIN_LENGTH;
  }

  clear() {
    this.code = "";
    this.last = -Infinity;
  }
}
