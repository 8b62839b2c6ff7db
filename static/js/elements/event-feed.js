// @ts-check
/** The feed, newest first and bounded. A line with a key replaces the earlier one of the same key. */
import { timeOfDay } from "../core/texts.js";
import { box, clone, draw, part, write } from "./parts.js";

/** @import { Line } from "../core/feed.js" */

const MOST = 100;

/** What comes within so long a time is drawn at once: a busy floor has a hundred lines a second. */
const GATHER_MS = 200;

class EventFeed extends HTMLElement {
  /** @type {Line[]} */
  #waiting = [];

  /** @param {Line} line */
  add(line) {
    if (this.#waiting.length === 0) setTimeout(() => this.#draw(), GATHER_MS);
    this.#waiting.push(line);
  }

  #draw() {
    const lines = this.#waiting.slice(-MOST);
    this.#waiting = [];
    for (const line of lines) this.#put(line);
  }

  /** @param {Line} line */
  #put(line) {
    const list = box(this, "list");
    const row = (line.key && this.#rowOf(list, line.key)) || clone("feed");
    row.dataset["key"] = line.key;
    row.dataset["tone"] = line.tone;
    draw(row, "icon", line.icon);
    write(row, "text", line.text);
    write(row, "at", timeOfDay(line.at ?? Date.now()));
    part(row, "at", HTMLTimeElement).dateTime = line.at ?? "";
    if (list.firstElementChild !== row) list.prepend(row);
    while (list.childElementCount > MOST) list.lastElementChild?.remove();
    box(this, "none").hidden = true;
  }

  /**
   * @param {HTMLElement} list
   * @param {string} key
   */
  #rowOf(list, key) {
    for (const row of list.children) if (row instanceof HTMLElement && row.dataset["key"] === key) return row;
    return null;
  }
}

customElements.define("event-feed", EventFeed);
export { EventFeed };
