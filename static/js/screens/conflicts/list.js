// @ts-check
/** The left side of the desk: filters, queue, picks; kept up to date live. Events: `open`, `picks`, `settled` {id}. */
import { DeskQueue, NO_FILTER, queryOf, settledOf } from "../../core/desk-queue.js";
import { duration, t, tn } from "../../core/texts.js";
import { ConflictQueue } from "../../elements/conflict-queue.js";
import { DeskFilter } from "../../elements/desk-filter.js";
import { box, part, tell, write } from "../../elements/parts.js";
import { wordsOf } from "../problems.js";

/** @import { Filter, Settled } from "../../core/desk-queue.js" */
/** @import { ConflictStats, LiveEvent } from "../../core/types.js" */
/** @import { Shell } from "../shell.js" */

/** Conflicts come in batches: look once after them. */
const LOOK_MS = 250;
/** So long a colleague's decision is to be seen before its row goes. */
const FADE_MS = 6_000;
const TICK_MS = 30_000;
const ROOT = "/api/sync/conflicts";

export class DeskList extends EventTarget {
  queue = new DeskQueue();
  /** What is being settled here: its event is no colleague's. @type {Set<string>} */
  own = new Set();
  /** @type {Filter} */
  filter = { ...NO_FILTER };
  /** @type {ConflictStats | null} */
  #stats = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer = undefined;
  #round = 0;

  /**
   * @param {Pick<Shell, "api" | "live">} shell
   * @param {boolean} maySettle
   */
  constructor({ api, live }, maySettle) {
    super();
    this.api = api;
    this.live = live;
    this.view = /** @type {ConflictQueue} */ (document.querySelector("conflict-queue"));
    this.chips = /** @type {DeskFilter} */ (document.querySelector("desk-filter"));
    this.maySettle = maySettle;
    this.#listen();
  }

  #listen() {
    this.view.addEventListener("open", (event) => this.open(/** @type {CustomEvent} */ (event).detail.id));
    this.view.addEventListener("pick", (event) => this.pick(/** @type {CustomEvent} */ (event).detail));
    this.chips.addEventListener("change", (event) => void this.narrow(/** @type {CustomEvent} */ (event).detail?.filter ?? {}));
    for (const name of /** @type {const} */ (["status", "sort"])) {
      const select = part(document, name, HTMLSelectElement);
      select.addEventListener("change", () => void this.narrow({ [name]: select.value }));
    }
    box(document, "clear").addEventListener("click", () => void this.narrow({ ...NO_FILTER, status: this.filter.status }));
    box(document, "more").addEventListener("click", () => void this.more());
    box(document, "pick-all").addEventListener("click", () => this.#picks(() => this.queue.pickAll()));
    box(document, "pick-none").addEventListener("click", () => this.#picks(() => this.queue.picked.clear()));
    this.live.addEventListener("event", (event) => this.#hear(/** @type {CustomEvent} */ (event).detail));
    this.live.addEventListener("state", () => {
      tell(document, "notice-text", this.live.state === "live" ? null : t("desk.offline"));
      box(document, "notice").hidden = this.live.state !== "offline" && this.live.state !== "behind";
      if (this.live.state === "live") this.soon();
    });
    setInterval(() => this.show(), TICK_MS);
  }

  /** Look again once what comes in has come in. */
  soon() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.load(), LOOK_MS);
  }

  /** @param {Partial<Filter>} change */
  async narrow(change) {
    this.filter = { ...this.filter, ...change };
    this.queue.picked.clear();
    await this.load();
  }

  async load() {
    const round = (this.#round += 1);
    try {
      const asked = queryOf(this.filter, { limit: this.queue.size });
      const [page, stats] = await Promise.all([this.api.get(`${ROOT}?${asked}`), this.api.get(`${ROOT}/stats`)]);
      if (round !== this.#round) return; // asked again meanwhile
      const before = this.queue.current;
      this.queue.load(page.conflicts, page.next_cursor);
      this.#stats = stats;
      this.#empty();
      this.show();
      this.dispatchEvent(new CustomEvent("open", { detail: { isNew: before !== this.queue.current } }));
    } catch (error) {
      this.#empty(t("desk.failed", { why: wordsOf(error) }));
    }
  }

  async more() {
    const page = await this.api.get(`${ROOT}?${queryOf(this.filter, { cursor: this.queue.cursor })}`);
    this.queue.add(page.conflicts, page.next_cursor);
    this.show();
  }

  /** @param {string} id */
  open(id) {
    this.queue.current = id;
    this.show();
    this.dispatchEvent(new CustomEvent("open", { detail: { isNew: true, byHand: true } }));
  }

  /** @param {{id: string, range?: boolean}} which */
  pick({ id, range }) {
    this.#picks(() => (range ? this.queue.pickTo(id) : this.queue.pick(id)));
  }

  /** Settled here: they go at once. @param {string[]} ids */
  remove(ids) {
    this.queue.remove(ids);
    this.show();
    this.soon();
    this.dispatchEvent(new CustomEvent("open", { detail: { isNew: true } }));
  }

  /**
   * A colleague settled it: say so for a while.
   * @param {string} id
   * @param {Settled} settled
   */
  fade(id, settled) {
    if (this.filter.status !== "open" || !this.queue.settle(id, settled)) return;
    this.show();
    this.dispatchEvent(new CustomEvent("settled", { detail: { id } }));
    this.#removeLater(id);
  }

  /** Not from under the eyes of who reads it, unless nothing else is left. @param {string} id */
  #removeLater(id) {
    setTimeout(() => {
      if (this.queue.current === id && this.queue.lines.length > 1) this.#removeLater(id);
      else this.remove([id]);
    }, FADE_MS);
  }

  show() {
    this.view.picks = this.maySettle && this.filter.status === "open";
    this.view.show(this.queue);
    box(document, "more").hidden = this.queue.cursor === null;
    if (this.#stats) this.chips.show(this.filter, this.#stats);
    this.#sum();
    const n = this.queue.picked.size;
    box(document, "picks").hidden = n === 0;
    write(document, "picked", tn("desk.picked", n));
  }

  /** @param {() => void} change */
  #picks(change) {
    change();
    this.show();
    this.dispatchEvent(new Event("picks"));
  }

  #sum() {
    if (!this.#stats) return;
    const { by_status: sums, oldest_at: oldest } = this.#stats;
    const words = [tn("desk.open", sums["open"] ?? 0)];
    if (oldest) words.push(t("desk.oldest", { span: duration((Date.now() - Date.parse(oldest)) / 1000) }));
    write(document, "sum", words.join(", "));
  }

  /** @param {string} [trouble] */
  #empty(trouble) {
    const { type, floor, rack, olderThan } = this.filter;
    const isNarrow = Boolean(type || floor || rack || olderThan);
    box(document, "empty").hidden = !trouble && this.queue.lines.length > 0;
    write(document, "empty-text", trouble ?? t(isNarrow ? "desk.none_filtered" : "desk.none"));
    box(document, "clear").hidden = !isNarrow;
  }

  /** @param {{name: string, event: LiveEvent}} told */
  #hear({ name, event }) {
    const id = event.conflict_id ?? "";
    if (name === "conflict:resolved" && !this.own.has(id)) this.fade(id, settledOf(event));
    if (name === "conflict:new" || name === "conflict:resolved") this.soon();
  }
}
