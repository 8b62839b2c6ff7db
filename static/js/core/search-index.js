// @ts-check
/**
 * Finds items by codes, barcodes and unfinished words in any order, among 100,000 in a few ms. Lines of
 * text on shelves of a few hundred, in the order of item codes: searching is reading, which a browser
 * does at gigabytes a second, and a change rewrites one shelf. About 60 bytes an item, no index to build.
 */

import { lineOf, wordsOf } from "./search-line.js";
import { compare, placeOf } from "./sorted.js";

/** @import { Findable } from "./search-line.js" */

/**
 * @typedef {object} Shelf
 * @property {number} id
 * @property {string[]} codes  item codes in order
 * @property {string} text     a line a code: " code barcode autobarcode words", folded, each between line feeds
 */

const MOST_LINES = 512;
const SPACE = 32;
const LINE_FEED = 10;

export class SearchIndex {
  /** @param {Shelf[]} [shelves] */
  constructor(shelves = []) {
    this.shelves = [...shelves].sort((a, b) => compare(first(a), first(b)));
    this.nextId = shelves.reduce((most, { id }) => Math.max(most, id), 0) + 1;
    /** @type {Map<Shelf, string[]>} lines of shelves that are being changed */
    this.drafts = new Map();
  }

  get size() {
    return this.shelves.reduce((sum, { codes }) => sum + codes.length, 0);
  }

  /** @param {Findable} item */
  put(item) {
    const shelf = this.#shelfOf(item.item_code);
    const lines = this.#draft(shelf);
    const at = placeOf(shelf.codes, item.item_code);
    const known = shelf.codes[at] === item.item_code ? 1 : 0;
    shelf.codes.splice(at, known, item.item_code);
    lines.splice(at, known, lineOf(item));
    if (lines.length > MOST_LINES) this.#split(shelf, lines);
  }

  /** @param {string} code */
  remove(code) {
    const shelf = this.#shelfOf(code);
    const at = placeOf(shelf.codes, code);
    if (shelf.codes[at] !== code) return;
    this.#draft(shelf).splice(at, 1);
    shelf.codes.splice(at, 1);
  }

  /**
   * Shelves that were changed since the last call. Those without codes are to be forgotten.
   * @returns {Shelf[]}
   */
  changes() {
    const changed = [...this.drafts];
    for (const [shelf, lines] of changed) shelf.text = `\n${lines.join("\n")}\n`;
    this.drafts.clear();
    this.shelves = this.shelves.filter(({ codes }) => codes.length);
    return changed.map(([shelf]) => shelf);
  }

  /**
   * The whole code first, then codes that start with the text, then lines with all its words.
   * @param {string} text
   * @param {number} most
   * @returns {string[]} item codes
   */
  search(text, most) {
    const words = wordsOf(text).sort((a, b) => b.length - a.length);
    const code = text.trim().toLowerCase();
    const starts = code ? this.#scan(code, [], most, true) : [];
    const exact = starts.filter((each) => each.toLowerCase() === code);
    const named = words[0] ? this.#scan(words[0], words.slice(1), most, false) : [];
    return [...new Set([...exact, ...starts, ...named])].slice(0, most);
  }

  /**
   * @param {string} needle    the beginning of a word; without the space before it, which is everywhere and slow
   * @param {string[]} others  further beginnings of words the line must have
   * @param {number} most
   * @param {boolean} asCode   only where the line starts with it
   */
  #scan(needle, others, most, asCode) {
    /** @type {string[]} */
    const found = [];
    for (const { codes, text } of this.shelves) {
      if (!others.every((word) => text.includes(` ${word}`))) continue;
      for (let at = text.indexOf(needle); at >= 0; ) {
        const before = text.charCodeAt(at - 1);
        if (before !== SPACE || (asCode && text.charCodeAt(at - 2) !== LINE_FEED)) {
          at = text.indexOf(needle, at + 1);
          continue;
        }
        const start = text.lastIndexOf("\n", at);
        const end = text.indexOf("\n", at);
        const line = others.length ? text.slice(start, end) : "";
        if (others.every((word) => line.includes(` ${word}`))) found.push(codes[lineBreaks(text, start)] ?? "");
        if (found.length === most) return found;
        at = text.indexOf(needle, end);
      }
    }
    return found;
  }

  /** @param {string} code */
  #shelfOf(code) {
    let low = 0;
    let high = this.shelves.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (compare(first(/** @type {Shelf} */ (this.shelves[middle])), code) <= 0) low = middle;
      else high = middle - 1;
    }
    const shelf = this.shelves[low];
    if (shelf) return shelf;
    const fresh = { id: this.nextId++, codes: [], text: "" };
    this.shelves.push(fresh);
    return fresh;
  }

  /** @param {Shelf} shelf */
  #draft(shelf) {
    const lines = this.drafts.get(shelf) ?? (shelf.text ? shelf.text.slice(1, -1).split("\n") : []);
    this.drafts.set(shelf, lines);
    return lines;
  }

  /**
   * @param {Shelf} shelf
   * @param {string[]} lines
   */
  #split(shelf, lines) {
    const half = lines.length >> 1;
    const right = { id: this.nextId++, codes: shelf.codes.splice(half), text: "" };
    this.drafts.set(right, lines.splice(half));
    this.shelves.splice(this.shelves.indexOf(shelf) + 1, 0, right);
  }
}

/** @param {Shelf} shelf */
function first({ codes }) {
  return codes[0] ?? "";
}

/** How many line feeds stand before a place. @param {string} text @param {number} place */
function lineBreaks(text, place) {
  let n = 0;
  for (let at = text.indexOf("\n"); at < place; at = text.indexOf("\n", at + 1)) n += 1;
  return n;
}
