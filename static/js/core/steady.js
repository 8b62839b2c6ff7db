// @ts-check
/** Sums that do not fall because something was acknowledged: the server adds it to what it tells a moment later. */

/** @typedef {{records: number, pieces: number}} Sums */

export class Steady {
  /** @type {Sums} */
  #shown = { records: 0, pieces: 0 };
  #waiting = 0;
  #until = 0;

  /** @param {number} holdMs  how long after an acknowledgement no sum falls */
  constructor(holdMs) {
    this.holdMs = holdMs;
  }

  /**
   * @param {Sums} sums  what the server told and what it has yet to be told
   * @param {number} waiting  how many records wait to be acknowledged
   * @param {number} [now]  in ms
   * @returns {Sums}  what to show
   */
  after(sums, waiting, now = performance.now()) {
    if (waiting < this.#waiting) this.#until = now + this.holdMs;
    this.#waiting = waiting;
    this.#shown = now < this.#until ? largest(this.#shown, sums) : sums;
    return this.#shown;
  }
}

/**
 * @param {Sums} one
 * @param {Sums} other
 * @returns {Sums}
 */
function largest(one, other) {
  return { records: Math.max(one.records, other.records), pieces: Math.max(one.pieces, other.pieces) };
}
