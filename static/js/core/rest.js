// @ts-check
/** The pause between two runs of the queue, and what ends it. */

/** Scans of one line come in bursts: what only grew is sent once it settled, so that not each is a revision. */
export const SETTLE_MS = 400;
/** A rush without a pause is sent this often all the same. */
const LONGEST_MS = 2_000;

export class Rest {
  #isEnded = false;
  /** @type {() => void} */
  #wake = () => {};
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #settling = undefined;
  #since = 0;

  /** From here on an `end` counts, also before the pause is taken. */
  begin() {
    this.#isEnded = false;
    clearTimeout(this.#settling);
    this.#settling = undefined;
  }

  /** @param {number} ms  at most */
  async take(ms) {
    if (this.#isEnded) return;
    await new Promise((/** @type {(value?: unknown) => void} */ resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  end() {
    this.#isEnded = true;
    this.#wake();
  }

  /** End it when nothing more has come for a moment. */
  endSoon() {
    const now = performance.now();
    if (this.#settling === undefined) this.#since = now;
    clearTimeout(this.#settling);
    const left = Math.max(0, this.#since + LONGEST_MS - now);
    this.#settling = setTimeout(() => this.end(), Math.min(SETTLE_MS, left));
  }
}
