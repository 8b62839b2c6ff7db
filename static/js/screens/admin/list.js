// @ts-check
/** A list that the server hands out page by page. */
import { box, tell } from "../../elements/parts.js";
import { wordsOf } from "../problems.js";

/** @import { Api } from "../../core/api.js" */

/** @template T */
export class PagedList {
  /** @type {string | null} */
  #cursor = null;
  #turn = 0;

  /**
   * @param {HTMLElement} section
   * @param {object} parts
   * @param {Api} parts.api
   * @param {string} parts.path
   * @param {string} parts.name   of the items in the answer
   * @param {(item: T) => HTMLElement} parts.row
   * @param {() => Record<string, string>} [parts.filters]
   */
  constructor(section, { api, path, name, row, filters = () => ({}) }) {
    this.section = section;
    this.api = api;
    this.path = path;
    this.name = name;
    this.row = row;
    this.filters = filters;
    box(section, "more").addEventListener("click", () => void this.#read(false));
  }

  /** From the first page on. */
  load() {
    return this.#read(true);
  }

  /** The items of the first page as they are now. @returns {Promise<T[]>} */
  async newest() {
    return (await this.api.get(this.#address(null)))[this.name];
  }

  /** @param {boolean} anew */
  async #read(anew) {
    const turn = (this.#turn += 1);
    try {
      const page = await this.api.get(this.#address(anew ? null : this.#cursor));
      if (turn !== this.#turn) return; // somebody asked for something else meanwhile
      const rows = page[this.name].map(this.row);
      if (anew) box(this.section, "list").replaceChildren(...rows);
      else box(this.section, "list").append(...rows);
      this.#cursor = page.next_cursor ?? null;
      tell(this.section, "problem", null);
    } catch (error) {
      if (turn === this.#turn) tell(this.section, "problem", wordsOf(error));
    }
    box(this.section, "more").hidden = !this.#cursor;
    box(this.section, "none").hidden = box(this.section, "list").childElementCount > 0;
  }

  /** @param {string | null} cursor */
  #address(cursor) {
    const told = Object.entries({ ...this.filters(), ...(cursor && { cursor }) });
    const query = new URLSearchParams(told.filter(([, value]) => value !== ""));
    return query.size ? `${this.path}?${query}` : this.path;
  }
}

/**
 * What a form of filters says; a local time becomes the server's.
 * @param {HTMLFormElement} form
 * @returns {Record<string, string>}
 */
export function filtersOf(form) {
  const told = /** @type {[string, string][]} */ ([...new FormData(form)]);
  return Object.fromEntries(told.map(([name, value]) => {
    const isTime = form.elements.namedItem(name) instanceof HTMLInputElement
      && /** @type {HTMLInputElement} */ (form.elements.namedItem(name)).type === "datetime-local";
    return [name, isTime && value ? new Date(value).toISOString() : value.trim()];
  }));
}
