// @ts-check
/**
 * Sends the outbox: one tab at a time (Web Lock), oldest first, batches of 100, two on their way at
 * most, longer and longer waits while it fails. What happens to one batch is in sender.js.
 */
import { Backoff } from "./backoff.js";
import { Rest } from "./rest.js";
import { Sender } from "./sender.js";

/** @import { Hold } from "./sender.js" */

export const BATCH = 100;
const SMALLEST = 10;
const LANES = 2;
const LOCK = "stockverify-sync";
/** Even with nothing to do, look again: another tab may have died between writing and telling. */
const LOOK_AGAIN_MS = 30_000;
/** A request that is older when the network comes back hangs on a connection that is gone. */
const HANGS_MS = 3_000;

/** @typedef {"idle" | "sending" | "waiting" | "signed_out"} SyncState */

export class Sync extends EventTarget {
  /**
   * @param {object} parts
   * @param {import("./outbox.js").Outbox} parts.outbox
   * @param {Pick<import("./api.js").Api, "post">} parts.api
   * @param {<T>(act: () => Promise<T>) => Promise<T>} [parts.as]
   * @param {Pick<LockManager, "request">} [parts.locks]
   * @param {Backoff} [parts.backoff]
   */
  constructor({ outbox, api, as = (act) => act(), locks = navigator.locks, backoff = new Backoff() }) {
    super();
    this.outbox = outbox;
    this.sender = new Sender({ outbox, api, as });
    this.locks = locks;
    this.backoff = backoff;
    this.most = BATCH;
    /** Records settled since this run of the queue began. */
    this.done = 0;
    /** @type {SyncState} */
    this.state = "idle";
    /** @type {Hold | null} */
    this.hold = null;
    this.flight = new AbortController();
    this.leftAt = Infinity;
    this.rest = new Rest();
    this.notBefore = 0;
    this.stopping = new AbortController();
    outbox.addEventListener("change", (event) => {
      if (this.state !== "idle") return;
      if (/** @type {CustomEvent} */ (event).detail === "growth") this.rest.endSoon();
      else this.nudge();
    });
  }

  /** Work until stopped. Where another tab syncs already, wait for it to close. */
  start() {
    const { signal } = this.stopping;
    this.locks
      .request(`${LOCK}:${this.outbox.userId}`, { signal }, () => this.#work(signal))
      .catch((error) => {
        if (!signal.aborted) throw error;
      });
  }

  stop() {
    this.stopping.abort();
    this.nudge();
  }

  /** Something may be possible now: a new count, the network is back. */
  nudge() {
    const isTold = performance.now() < this.notBefore; // the server asked for a pause, whatever the network does
    if (!isTold || this.stopping.signal.aborted) this.rest.end();
  }

  /** As nudge, and forget earlier failures; what hangs is sent again, which is safe. */
  networkIsBack() {
    this.backoff.reset();
    this.most = BATCH;
    if (performance.now() - this.leftAt > HANGS_MS) this.flight.abort();
    this.nudge();
  }

  /** @param {AbortSignal} signal */
  async #work(signal) {
    while (!signal.aborted) {
      this.rest.begin();
      const pause = await this.#drain(signal).catch((error) => this.#storeFailed(error));
      await this.rest.take(pause);
    }
  }

  /**
   * Send until nothing is left or something stops us.
   * @param {AbortSignal} signal
   * @returns {Promise<number>} ms to rest
   */
  async #drain(signal) {
    await this.outbox.giveBack();
    this.done = 0;
    this.hold = null;
    this.flight = new AbortController();
    await Promise.all(Array.from({ length: LANES }, () => this.#lane(signal)));
    this.leftAt = Infinity;
    if (this.hold) return this.#waitFor(this.hold);
    this.#show("idle");
    if (this.done === 0) await this.outbox.prune(); // not while somebody waits for the end of a long queue
    return LOOK_AGAIN_MS;
  }

  /** @param {AbortSignal} signal */
  async #lane(signal) {
    while (!signal.aborted && !this.hold) {
      const sent = await this.outbox.take(this.most);
      if (sent.length === 0) return;
      this.#show("sending");
      this.leftAt = performance.now();
      const { moved, hold } = await this.sender.send(sent, this.flight.signal);
      this.done += moved;
      if (hold) this.hold ??= hold;
      else this.backoff.reset();
      // On a weak link a smaller batch may get through where a large one does not.
      this.most = hold?.why === "unreachable" ? Math.max(SMALLEST, this.most >> 1) : Math.min(BATCH, this.most * 2);
    }
  }

  /** @param {Hold} hold */
  #waitFor({ why, retryAfter }) {
    this.#show(why === "signed_out" ? "signed_out" : "waiting");
    if (this.flight.signal.aborted) return 0;
    this.notBefore = performance.now() + (retryAfter ?? 0) * 1000;
    return why === "signed_out" ? LOOK_AGAIN_MS : this.backoff.next(retryAfter);
  }

  /** The browser's own store refused: the loop goes on, or nothing would be sent until a reload. @param {unknown} error */
  #storeFailed(error) {
    console.error(error);
    return this.#waitFor({ why: "failed", retryAfter: null });
  }

  /** @param {SyncState} state */
  #show(state) {
    if (this.state === state) return;
    this.state = state;
    this.dispatchEvent(new Event("state"));
  }
}
