// @ts-check
/**
 * Renews one session's lease every 25 s and whenever it is told to; says what came of each beat. Tabs at
 * the same session share their beats: who hears another's answer puts its own beat off a little longer,
 * so that one of them beats, and the next one as soon as that one falls silent. Nobody is elected.
 */
import { BEAT_MS } from "./lease.js";
import { Problem } from "./api.js";

const CHANNEL = "stockverify-beats";
/** How much later than the one who beats the others would: more than a beat takes, and not all at once. */
const BEHIND_MS = 2_000;
/** What a message between tabs takes at most; a deadline is never counted later than it is. */
const HEARD_MS = 250;

/** @typedef {"held" | "lost" | "missed" | "closed"} BeatOutcome */

export class Heartbeat {
  /**
   * @param {object} parts
   * @param {import("./api.js").Api} parts.api
   * @param {import("./lease.js").Lease} parts.lease
   * @param {string} parts.sessionId
   * @param {string} parts.rackId
   * @param {(outcome: BeatOutcome, answer: any) => void} parts.told
   * @param {() => Record<string, number>} [parts.queue]  what waits on this device, for the map
   */
  constructor({ api, lease, sessionId, rackId, told, queue = () => ({}) }) {
    this.api = api;
    this.lease = lease;
    this.told = told;
    this.queue = queue;
    this.sessionId = sessionId;
    this.rackId = rackId;
    this.stopped = false;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
    /** @type {Promise<void> | null} */
    this.beating = null;
    /** @type {BroadcastChannel | null} */
    this.channel = null;
  }

  start() {
    this.stopped = false;
    this.channel ??= new BroadcastChannel(CHANNEL);
    this.channel.onmessage = ({ data }) => this.#overhear(data);
    void this.beat();
  }

  stop() {
    this.stopped = true;
    clearTimeout(this.timer);
    this.channel?.close();
    this.channel = null;
  }

  /** One beat now; a beat that is under way is not doubled. */
  beat() {
    this.beating ??= this.#beat().finally(() => {
      this.beating = null;
    });
    return this.beating;
  }

  async #beat() {
    clearTimeout(this.timer);
    const sentAt = this.lease.now();
    try {
      const answer = await this.api.post("/api/sync/heartbeat", {
        session_id: this.sessionId,
        rack_id: this.rackId,
        ...this.queue(),
      });
      const { sessionId, lease } = this;
      this.channel?.postMessage({ sessionId, answer, age: lease.now() - sentAt });
      this.#hear(sentAt, answer);
    } catch (error) {
      this.#hearNothing(error);
    }
    if (!this.stopped) this.timer = setTimeout(() => void this.beat(), this.#pause());
  }

  /** Another tab's beat was answered: as good as our own. @param {{sessionId: string, answer: any, age: number}} told */
  #overhear({ sessionId, answer, age }) {
    if (this.stopped || sessionId !== this.sessionId) return;
    this.#hear(this.lease.now() - age - HEARD_MS, answer);
    clearTimeout(this.timer);
    const behind = BEHIND_MS * (1 + Math.random());
    if (!this.stopped) this.timer = setTimeout(() => void this.beat(), this.#pause() + behind);
  }

  /**
   * @param {number} sentAt
   * @param {any} answer
   */
  #hear(sentAt, answer) {
    if (answer.lease === "lost") {
      this.lease.wasLost();
      this.stop();
      this.told("lost", answer);
      return;
    }
    if (answer.lease === "ended") {
      this.stop();
      this.told("closed", answer);
      return;
    }
    this.lease.renewed(sentAt, answer.lock_ttl_remaining);
    this.told("held", answer);
  }

  /** @param {unknown} error */
  #hearNothing(error) {
    const closed = error instanceof Problem && [403, 404, 409, 410].includes(error.status);
    if (closed) {
      this.stop();
      this.told("closed", error.facts);
      return;
    }
    this.lease.missedBeat();
    this.told("missed", null);
  }

  /** After a miss try again soon: the lease is running out. */
  #pause() {
    return this.lease.missed > 0 ? Math.min(5_000, BEAT_MS) : Math.min(BEAT_MS, this.lease.ttlMs / 2.4);
  }
}
