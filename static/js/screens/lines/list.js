// @ts-check
/** The list of count lines: filter, pages, picks, kept up to date live. Events: `open` {byHand}, `picks`, `fresh`. */
import { NO_FILTER, queryOf } from "../../core/line-filter.js";
import { LineList } from "../../core/line-list.js";
import { money, number, t, tn } from "../../core/texts.js";
import { LineFilter } from "../../elements/line-filter.js";
import { LineTable } from "../../elements/line-table.js";
import { box, tell, write } from "../../elements/parts.js";
import { wordsOf } from "../problems.js";

/** @import { LineFilter as Filter } from "../../core/line-filter.js" */
/** @import { CountLine, LiveEvent, Matching, StocktakeProgress } from "../../core/types.js" */
/** @import { Shell } from "../shell.js" */

export const ROOT = "/api/count-lines";
/** Racks are finished and lines decided on by many at once: look once after them. */
const LOOK_MS = 300;

export class Lines extends EventTarget {
  list = new LineList();
  /** @type {Matching | null} */
  matching = null;
  /** The stocktake that is shown, and how it stands. @type {StocktakeProgress | null} */
  progress = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer = undefined;
  #round = 0;
  #isMore = false;

  /**
   * @param {Pick<Shell, "api" | "live">} shell
   * @param {Filter} filter
   * @param {boolean} mayDecide
   */
  constructor({ api, live }, filter, mayDecide) {
    super();
    this.api = api;
    this.filter = filter;
    this.mayDecide = mayDecide;
    this.table = /** @type {LineTable} */ (document.querySelector("line-table"));
    this.chips = /** @type {LineFilter} */ (document.querySelector("line-filter"));
    this.table.addEventListener("open", (event) => this.open(detail(event).id, true));
    this.table.addEventListener("pick", (event) => this.pick(detail(event)));
    this.chips.addEventListener("change", (event) => void this.narrow(detail(event).filter));
    box(document, "more").addEventListener("click", () => void this.more());
    box(document, "pick-all").addEventListener("click", () => this.picks(() => this.list.pickAll()));
    box(document, "pick-none").addEventListener("click", () => this.picks(() => this.list.picked.clear()));
    live.addEventListener("event", (event) => this.#hear(detail(event)));
    live.addEventListener("state", () => {
      box(document, "notice").hidden = live.state !== "offline" && live.state !== "behind";
      write(document, "notice-text", t("desk.offline"));
      if (live.state === "live") this.soon();
    });
    new IntersectionObserver((seen) => seen.some((each) => each.isIntersecting) && void this.more()).observe(box(document, "more"));
  }

  get isOpen() {
    return this.progress?.stocktake.status === "open";
  }

  /** @param {Partial<Filter>} change */
  async narrow(change) {
    this.filter = { ...this.filter, ...change };
    this.list.picked.clear();
    this.list.lines = [];
    history.replaceState(history.state, "", `?${queryOf(this.filter) || "status="}`);
    await this.load();
  }

  /** Everything again, as much as is shown. */
  async load() {
    const round = (this.#round += 1);
    this.chips.show(this.filter);
    try {
      const query = queryOf(this.filter, { limit: this.list.size });
      const [page, matching] = await Promise.all([this.api.get(`${ROOT}?${query}`), this.api.get(`${ROOT}/matching?${queryOf(this.filter)}`)]);
      const progress = await this.api.get(`/api/stocktakes/${encodeURIComponent(page.stocktake_id)}`);
      if (round !== this.#round) return; // asked again meanwhile
      const before = new Map(this.list.lines.map(({ line_id, rev }) => [line_id, rev]));
      this.list.load(page.lines, page.next_cursor);
      this.matching = matching;
      this.progress = progress;
      this.show();
      for (const { line_id, rev } of this.list.lines) if ((before.get(line_id) ?? rev) !== rev) this.table.flash(line_id);
      this.dispatchEvent(new Event("fresh"));
    } catch (error) {
      if (round === this.#round) tell(document, "empty", t("lines.failed", { why: wordsOf(error) }));
    }
  }

  async more() {
    const { cursor } = this.list;
    if (!cursor || this.#isMore) return;
    this.#isMore = true;
    try {
      const page = await this.api.get(`${ROOT}?${queryOf(this.filter, { limit: 100, cursor })}`);
      if (cursor !== this.list.cursor) return; // the list began anew meanwhile
      this.list.add(page.lines, page.next_cursor);
      this.show();
    } finally {
      this.#isMore = false;
    }
  }

  soon() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.load(), LOOK_MS);
  }

  /**
   * @param {string | null} id
   * @param {boolean} [byHand]
   */
  open(id, byHand = false) {
    this.list.current = id;
    this.table.mark(this.list);
    this.dispatchEvent(new CustomEvent("open", { detail: { byHand } }));
  }

  /** @param {{id: string, range?: boolean}} which */
  pick({ id, range }) {
    this.picks(() => (range ? this.list.pickTo(id) : this.list.pick(id)));
  }

  /** @param {() => void} change */
  picks(change) {
    change();
    this.#showPicks();
    this.dispatchEvent(new Event("picks"));
  }

  /** A line as a decision left it. @param {CountLine} line */
  replace(line) {
    this.list.replace(line);
    this.show();
  }

  show() {
    this.table.maySelect = this.mayDecide && this.isOpen;
    this.table.show(this.list);
    if (this.progress) this.chips.sums = this.progress;
    box(document, "more").hidden = this.list.cursor === null;
    const isNarrow = queryOf({ ...this.filter, stocktake: "" }) !== queryOf(NO_FILTER);
    tell(document, "empty", this.list.lines.length ? null : t(isNarrow ? "lines.none_filtered" : "lines.none"));
    this.#sum();
    this.#showPicks();
  }

  #sum() {
    if (!this.matching) return;
    const { lines, variance_value: net, gross_value: gross } = this.matching;
    write(document, "sum", tn("lines.sum", lines, { n: number(lines), net: money(net, { sign: true }), gross: money(gross) }));
    const all = box(document, "all");
    all.hidden = !this.table.maySelect || lines === 0;
    all.textContent = tn("lines.all", lines, { n: number(lines) });
  }

  #showPicks() {
    const n = this.list.picked.size;
    this.table.mark(this.list);
    box(document, "picks").hidden = n === 0;
    write(document, "picked", tn("desk.picked", n));
  }

  /** @param {{name: string, event: LiveEvent}} told */
  #hear({ name, event }) {
    const isOurs = event.stocktake_id === this.progress?.stocktake.stocktake_id;
    if ((name === "lines:update" && isOurs) || name === "stocktake:update") this.soon();
  }
}

/** @param {Event} event */
function detail(event) {
  return /** @type {CustomEvent} */ (event).detail;
}
