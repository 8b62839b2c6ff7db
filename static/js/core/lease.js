// @ts-check
/**
 * A counter's own view of the lease. The deadline is counted on this device's monotonic clock from the
 * moment the last renewal was SENT, so it is never later than the server's: wall clocks play no part.
 */

/** Beats go out this often. */
export const BEAT_MS = 25_000;
/** From here on the counter is warned. */
const ENDING_MS = 20_000;

/** @typedef {"unknown" | "held" | "ending" | "ended" | "lost"} LeaseState */

export class Lease {
  /** @param {() => number} now  monotonic ms */
  constructor(now = () => performance.now()) {
    this.now = now;
    this.ttlMs = 60_000;
    this.lost = false;
    this.missed = 0;
    /** @type {number | null} */
    this.sentAt = null;
  }

  /**
   * A renewal was answered.
   * @param {number} sentAt  when its request left, on the same clock
   * @param {number} ttl     seconds the server gave
   */
  renewed(sentAt, ttl) {
    if (this.lost || (this.sentAt !== null && sentAt < this.sentAt)) return;
    this.sentAt = sentAt;
    this.ttlMs = ttl * 1000;
    this.missed = 0;
  }

  /** A beat brought no answer. */
  missedBeat() {
    this.missed += 1;
  }

  /** The server said that the lease belongs to somebody else. There is no way back for this session. */
  wasLost() {
    this.lost = true;
  }

  /** Milliseconds until the lease ends by our own count. */
  remaining() {
    if (this.lost || this.sentAt === null) return 0;
    return Math.max(0, this.sentAt + this.ttlMs - this.now());
  }

  /** @returns {LeaseState} */
  get state() {
    if (this.lost) return "lost";
    if (this.sentAt === null) return "unknown";
    const left = this.remaining();
    if (left === 0) return "ended";
    return left <= Math.min(ENDING_MS, this.ttlMs / 3) ? "ending" : "held";
  }
}
