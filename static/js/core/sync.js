// @ts-check
/**
 * Sends the outbox. One tab at a time (Web Lock), oldest first, batches of 100; a batch the server
 * refuses whole is halved until the bad record stands alone.
 */
import { Problem, Unreachable } from "./api.js";
import { Backoff } from "./backoff.js";

/** @import { BatchAnswer } from "./types.js" */
/** @import { Sent } from "./outbox.js" */

const BATCH = 100;
const LOCK = "stockverify-sync";
/** Even with nothing to do, look again: another tab may have died between writing and telling. */
const LOOK_AGAIN_MS = 30_000;

/** @typedef {"idle" | "sending" | "waiting" | "signed_out"} SyncState */

export class Sync extends EventTarget {
  /**
   * @param {object} parts
   * @param {import("./outbox.js").Outbox} parts.outbox
   * @param {import("./api.js").Api} parts.api
   * @param {Pick<LockManager, "request">} [parts.locks]
   * @param {Backoff} [parts.backoff]
   */
  constructor({ outbox, api, locks = navigator.locks, backoff = new Backoff() }) {
    super();
    this.outbox = outbox;
    this.api = api;
    this.locks = locks;
    this.backoff = backoff;
    this.most = BATCH;
    /** @type {SyncState} */
    this.state = "idle";
    /** @type {() => void} */
    this.wake = () => {};
    this.woken = false;
    this.stopping = new AbortController();
    outbox.addEventListener("change", () => this.state === "idle" && this.nudge());
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
    this.woken = true;
    this.wake();
  }

  /** As nudge, and forget earlier failures. */
  networkIsBack() {
    this.backoff.reset();
    this.nudge();
  }

  /** @param {AbortSignal} signal */
  async #work(signal) {
    await this.outbox.giveBack();
    while (!signal.aborted) {
      this.woken = false;
      const pause = await this.#drain(signal).catch((error) => this.#storeFailed(error));
      if (!this.woken) await this.#rest(pause);
    }
  }

  /**
   * Send until nothing is left or something stops us.
   * @param {AbortSignal} signal
   * @returns {Promise<number>} ms to rest
   */
  async #drain(signal) {
    while (!signal.aborted) {
      const sent = await this.outbox.take(this.most);
      if (sent.length === 0) {
        this.#show("idle");
        await this.outbox.prune();
        return LOOK_AGAIN_MS;
      }
      this.#show("sending");
      const pause = await this.#send(sent);
      if (pause > 0) return pause;
    }
    return 0;
  }

  /**
   * @param {Sent[]} sent
   * @returns {Promise<number>} ms to rest before the next try; 0: go on
   */
  async #send(sent) {
    try {
      /** @type {BatchAnswer} */
      const answer = await this.api.post("/api/sync/batch", {
        batch_id: crypto.randomUUID(),
        records: sent.map(({ record }) => record),
      });
      await this.outbox.settle(sent, answer);
      this.dispatchEvent(new CustomEvent("answered", { detail: answer }));
      return this.#afterAnswer(answer);
    } catch (error) {
      return this.#afterFailure(sent, error);
    }
  }

  /** @param {BatchAnswer} answer */
  #afterAnswer(answer) {
    this.most = Math.min(BATCH, this.most * 2);
    const moved = answer.ok.length + answer.conflicts.length + answer.errors.length;
    const retry = answer.errors.some(({ details }) => details?.["retryable"]);
    if (retry || moved === 0) return this.#waitFor(null);
    this.backoff.reset();
    return 0;
  }

  /**
   * @param {Sent[]} sent
   * @param {unknown} error
   */
  async #afterFailure(sent, error) {
    const only = sent[0];
    if (error instanceof Problem && [400, 413, 422].includes(error.status) && only) {
      if (sent.length === 1) await this.outbox.park(only.id, error.code, error.message);
      else this.most = Math.ceil(sent.length / 2);
      await this.outbox.giveBack();
      return 0;
    }
    await this.outbox.giveBack();
    if (error instanceof Problem && error.status === 401) {
      this.#show("signed_out");
      return LOOK_AGAIN_MS;
    }
    if (!(error instanceof Problem) && !(error instanceof Unreachable)) console.error(error);
    return this.#waitFor(error instanceof Problem ? error.retryAfter : null);
  }

  /** The browser's own store refused: the loop goes on, or nothing would be sent until a reload. @param {unknown} error */
  #storeFailed(error) {
    console.error(error);
    return this.#waitFor(null);
  }

  /** @param {number | null} retryAfter */
  #waitFor(retryAfter) {
    this.#show("waiting");
    return this.backoff.next(retryAfter);
  }

  /** @param {number} ms */
  #rest(ms) {
    return new Promise((/** @type {(value?: unknown) => void} */ resolve) => {
      const timer = setTimeout(resolve, ms);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /** @param {SyncState} state */
  #show(state) {
    if (this.state === state) return;
    this.state = state;
    this.dispatchEvent(new Event("state"));
  }
}
