// @ts-check
/** How long to wait before the next try: 2 s, doubled to 5 min, half of it by chance, `Retry-After` honoured. */

const FIRST_MS = 2_000;
const LONGEST_MS = 300_000;

export class Backoff {
  /** @param {() => number} random */
  constructor(random = Math.random) {
    this.random = random;
    this.tries = 0;
  }

  reset() {
    this.tries = 0;
  }

  /**
   * @param {number | null} [retryAfter]  seconds the server asked for
   * @returns {number} ms
   */
  next(retryAfter = null) {
    const full = Math.min(LONGEST_MS, FIRST_MS * 2 ** this.tries);
    this.tries += 1;
    const jittered = full / 2 + (full / 2) * this.random();
    return Math.max(jittered, (retryAfter ?? 0) * 1000);
  }
}
