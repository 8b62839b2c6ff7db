// @ts-check
/** One batch: sends it in its owner's name, and does with its records what the answer says. */
import { Problem, Unreachable } from "./api.js";
import { NotThem } from "./identity.js";

/** @import { BatchAnswer } from "./types.js" */
/** @import { Sent } from "./entry.js" */

const PATH = "/api/sync/batch";
/** The server says that it is the request that is wrong, not the moment. */
const REFUSALS = [400, 413, 422];

/**
 * @typedef {object} Outcome
 * @property {number} moved      records that need not be sent again
 * @property {Hold | null} hold  why nothing more should be sent now
 * @typedef {{why: "signed_out" | "failed" | "unreachable", retryAfter: number | null}} Hold
 */

export class Sender {
  /**
   * @param {object} parts
   * @param {import("./outbox.js").Outbox} parts.outbox
   * @param {Pick<import("./api.js").Api, "post">} parts.api
   * @param {<T>(act: () => Promise<T>) => Promise<T>} parts.as  in the name of the outbox's owner, or not at all
   */
  constructor({ outbox, api, as }) {
    this.outbox = outbox;
    this.api = api;
    this.as = as;
  }

  /**
   * @param {Sent[]} sent
   * @param {AbortSignal} signal
   * @returns {Promise<Outcome>} raises what the browser's own store raises
   */
  async send(sent, signal) {
    /** @type {BatchAnswer} */
    let answer;
    try {
      answer = await this.as(() => this.#post(sent, signal));
    } catch (error) {
      return this.#failed(sent, error, signal);
    }
    await this.outbox.settle(sent, answer);
    const retry = answer.errors.filter(({ details }) => details?.["retryable"]).length;
    const moved = answer.ok.length + answer.conflicts.length + answer.errors.length - retry;
    return { moved, hold: retry || moved === 0 ? { why: "failed", retryAfter: null } : null };
  }

  /**
   * @param {Sent[]} sent
   * @param {AbortSignal} signal
   */
  async #post(sent, signal) {
    const records = sent.map(({ record }) => record);
    const answer = await this.api.post(PATH, { batch_id: crypto.randomUUID(), records }, signal);
    // A hotel's sign-in page also answers 200.
    if (![answer.ok, answer.conflicts, answer.errors].every(Array.isArray)) throw new Unreachable();
    return answer;
  }

  /**
   * @param {Sent[]} sent
   * @param {unknown} error
   * @param {AbortSignal} signal
   * @returns {Promise<Outcome>}
   */
  async #failed(sent, error, signal) {
    if (error instanceof Problem && REFUSALS.includes(error.status) && error.facts["code"]) {
      return this.#refused(sent, error, signal);
    }
    await this.outbox.giveBack(sent.map(({ id }) => id));
    if (error instanceof NotThem || (error instanceof Problem && error.status === 401)) return held("signed_out");
    if (error instanceof Problem) return held("failed", error.retryAfter);
    if (!(error instanceof Unreachable) && !signal.aborted) console.error(error);
    return held("unreachable");
  }

  /**
   * Halve what was refused whole until the bad record stands alone, and park that one.
   * @param {Sent[]} sent
   * @param {Problem} error
   * @param {AbortSignal} signal
   * @returns {Promise<Outcome>}
   */
  async #refused(sent, error, signal) {
    const [only] = sent;
    if (only && sent.length === 1) {
      await this.outbox.park(only.id, error.code, error.message);
      return { moved: 1, hold: null };
    }
    const middle = Math.ceil(sent.length / 2);
    const first = await this.send(sent.slice(0, middle), signal);
    const rest = sent.slice(middle);
    if (first.hold) {
      await this.outbox.giveBack(rest.map(({ id }) => id));
      return first;
    }
    const second = await this.send(rest, signal);
    return { moved: first.moved + second.moved, hold: second.hold };
  }
}

/**
 * @param {Hold["why"]} why
 * @param {number | null} [retryAfter]
 * @returns {Outcome}
 */
function held(why, retryAfter = null) {
  return { moved: 0, hold: { why, retryAfter } };
}
