// @ts-check
/** The figures of the rack's head and the last counts: what the server told, and what it has yet to be told. */
import { momentsOf, paceOf } from "../../core/pace.js";
import { Steady } from "../../core/steady.js";
import { duration, number, t } from "../../core/texts.js";
import { CountList } from "../../elements/count-list.js";
import { part, write } from "../../elements/parts.js";

/** @import { Progress } from "../../core/types.js" */
/** @import { Desk } from "./desk.js" */
/** @import { Session } from "./session.js" */

/** So many last counts are in reach. */
const LAST = 30;
/** A burst of scans is one look at the store, not ten. */
const SETTLE_MS = 80;
/** Looking at a long queue takes its time: of ten parts of time, one. */
const REST_TIMES = 9;
const TICK_MS = 10_000;
/** So long at most the server takes to add what it acknowledged to what it tells. */
const ADDED_MS = 1_000;

export class Figures {
  /** @type {Progress | null} */
  #progress = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer = undefined;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #settling = undefined;
  #notBefore = 0;
  #steady = new Steady(ADDED_MS);
  /** @type {{n: number, since: number | null}} */
  waits = { n: 0, since: null };

  /**
   * @param {HTMLElement} root
   * @param {Desk} desk
   * @param {Session} session
   * @param {AbortSignal} signal
   */
  constructor(root, desk, session, signal) {
    this.root = root;
    this.desk = desk;
    this.session = session;
    desk.outbox.addEventListener("change", () => this.soon(), { signal });
    const ticking = setInterval(() => void this.#tick(), TICK_MS);
    signal.addEventListener("abort", () => {
      clearInterval(ticking);
      clearTimeout(this.#timer);
      clearTimeout(this.#settling);
    });
  }

  /** @param {Progress | null} progress  as the server has it */
  set progress(progress) {
    if (!progress) return;
    this.#progress = progress;
    this.soon();
  }

  soon() {
    clearTimeout(this.#timer);
    const wait = Math.max(SETTLE_MS, this.#notBefore - performance.now());
    this.#timer = setTimeout(() => void this.#look(), wait);
  }

  async #look() {
    const start = performance.now();
    await this.show();
    const end = performance.now();
    this.#notBefore = end + REST_TIMES * (end - start);
  }

  /** What waits on this device, for the map. */
  get queue() {
    const { n, since } = this.waits;
    const age = since === null ? 0 : Math.max(0, Math.round((Date.now() - since) / 1000));
    return { queue_length: n, queue_age_s: age };
  }

  async open() {
    await Promise.all([this.show(), this.#tick()]);
  }

  async show() {
    const { session_id } = this.session;
    const { ledger } = this.desk;
    const [tally, entries] = await Promise.all([ledger.tally(session_id), ledger.latest(session_id, LAST)]);
    this.waits = { n: tally.waiting, since: tally.since };
    /** @type {CountList} */ (this.root.querySelector("count-list")).entries = entries;
    const { records = 0, pieces = 0, items = 0, expected = null } = this.#progress ?? {};
    const sums = { records: records + tally.fresh, pieces: pieces + tally.pieces };
    const shown = this.#steady.after(sums, tally.waiting);
    if (shown.records > sums.records || shown.pieces > sums.pieces) this.#lookAgain();
    write(this.root, "records", number(shown.records));
    write(this.root, "pieces", number(shown.pieces));
    write(this.root, "items", number(items));
    write(this.root, "expected", expected ? t("hud.items.of", { n: expected }) : "");
    const bar = part(this.root, "bar", HTMLProgressElement);
    bar.hidden = !expected;
    bar.value = expected ? Math.min(1, items / expected) : 0;
  }

  /** Whether the server told what these sums wait for or not, they are true in a moment. */
  #lookAgain() {
    clearTimeout(this.#settling);
    this.#settling = setTimeout(() => this.soon(), ADDED_MS);
  }

  /** Time at this rack, and counts an hour. */
  async summary() {
    const moments = momentsOf(await this.desk.ledger.all(this.session.session_id));
    const now = Date.now();
    const seconds = (now - (this.session.started_at ?? now)) / 1000;
    return { seconds, pace: paceOf(moments, now) };
  }

  async #tick() {
    const { seconds, pace } = await this.summary();
    write(this.root, "pace", pace === null ? "–" : number(pace));
    write(this.root, "time", duration(Math.max(60, seconds)));
  }
}
