// @ts-check
/** The lines that are shown: in order, which one is at hand, which are picked. A fresh page never loses the place. */

/** @import { CountLine } from "./types.js" */

export const PAGE = 100;
/** The server gives so many a page. */
const MOST = 500;

export class LineList {
  /** @type {CountLine[]} */
  lines = [];
  /** @type {Set<string>} */
  picked = new Set();
  /** @type {string | null} */
  current = null;
  /** @type {string | null} */
  cursor = null;
  /** @type {string | null} */
  #anchor = null;

  /**
   * The pages so far anew. Where the line at hand is no longer among them, the one in its place is.
   * @param {CountLine[]} lines
   * @param {string | null} cursor
   */
  load(lines, cursor) {
    const place = this.#index(this.current);
    this.lines = lines;
    this.cursor = cursor;
    const here = new Set(lines.map(({ line_id }) => line_id));
    this.picked = new Set([...this.picked].filter((id) => here.has(id)));
    if (this.current === null || here.has(this.current)) return;
    this.current = this.lines[Math.min(Math.max(0, place), lines.length - 1)]?.line_id ?? null;
  }

  /**
   * @param {CountLine[]} lines
   * @param {string | null} cursor
   */
  add(lines, cursor) {
    const known = new Set(this.lines.map(({ line_id }) => line_id));
    this.lines.push(...lines.filter(({ line_id }) => !known.has(line_id)));
    this.cursor = cursor;
  }

  /** How many to ask for, so that nothing that is shown goes. */
  get size() {
    return Math.min(MOST, Math.max(PAGE, Math.ceil(this.lines.length / PAGE) * PAGE));
  }

  /** The one at hand. @returns {CountLine | undefined} */
  get line() {
    return this.lines[this.#index(this.current)];
  }

  /** @returns {CountLine[]} */
  get pickedLines() {
    return this.lines.filter(({ line_id }) => this.picked.has(line_id));
  }

  /** A newer state of a line that is shown. @param {CountLine} line */
  replace(line) {
    const place = this.#index(line.line_id);
    if (place >= 0 && line.rev >= (this.lines[place]?.rev ?? 0)) this.lines[place] = line;
  }

  /** @param {1 | -1} step */
  move(step) {
    const place = this.#index(this.current);
    const next = place < 0 ? 0 : Math.max(0, Math.min(this.lines.length - 1, place + step));
    this.current = this.lines[next]?.line_id ?? null;
    return this.current;
  }

  /** The next one after the one at hand that nobody decided on. */
  moveOn() {
    const rest = this.lines.slice(this.#index(this.current) + 1);
    const next = rest.find(({ settled }) => !settled);
    if (next) this.current = next.line_id;
    return this.current;
  }

  /** @param {string} id */
  pick(id) {
    if (!this.picked.delete(id)) this.picked.add(id);
    this.#anchor = id;
  }

  /** All from the last that was picked to this one. @param {string} id */
  pickTo(id) {
    const [from = 0, to = 0] = [this.#index(this.#anchor ?? id), this.#index(id)].sort((a, b) => a - b);
    for (const { line_id } of this.lines.slice(Math.max(0, from), to + 1)) this.picked.add(line_id);
    this.#anchor = id;
  }

  pickAll() {
    for (const { line_id } of this.lines) this.picked.add(line_id);
  }

  /** @param {string | null} id */
  #index(id) {
    return this.lines.findIndex(({ line_id }) => line_id === id);
  }
}
