// @ts-check
/**
 * A camera sees the same label many times a second: the same code is one scan until it has been out of
 * sight for a while. Only for cameras: a scanner's trigger is pulled on purpose.
 */
export const SAME_CODE_MS = 1_500;

export class Repeats {
  #code = "";
  #last = -Infinity;

  /**
   * @param {string} code
   * @param {number} at  ms
   */
  isNew(code, at) {
    const again = code === this.#code && at - this.#last < SAME_CODE_MS;
    this.#code = code;
    this.#last = at;
    return !again;
  }
}
