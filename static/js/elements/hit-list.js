// @ts-check
/** Items that a search found, below the field they were searched in. Event: `pick` {item}. */
import { t, tn } from "../core/texts.js";
import { clone, write } from "./parts.js";

/** @import { Item } from "../core/types.js" */

export class HitList extends EventTarget {
  /** @type {Item[]} */
  #items = [];
  #chosen = -1;
  /** Rack on which hits need no place. */
  rackId = "";

  /**
   * @param {HTMLElement} list
   * @param {HTMLInputElement} input
   */
  constructor(list, input) {
    super();
    this.list = list;
    this.input = input;
    list.addEventListener("pointerdown", (event) => event.preventDefault());
    list.addEventListener("click", (event) => this.#clicked(event));
  }

  /** @param {Item[] | null} items  null: no search on */
  set items(items) {
    this.#items = items ?? [];
    this.#chosen = -1;
    this.list.replaceChildren(...this.#items.map((item, i) => this.#hit(item, i)));
    this.list.hidden = this.#items.length === 0;
    this.input.setAttribute("aria-expanded", String(!this.list.hidden));
    this.input.removeAttribute("aria-activedescendant");
  }

  get items() {
    return this.#items;
  }

  get chosen() {
    return this.#items[this.#chosen];
  }

  /** What the list holds, in words. @param {string} text  what was searched for */
  words(text) {
    return this.#items.length ? tn("scan.hits", this.#items.length) : t("scan.hits_none", { text });
  }

  /** @param {1 | -1} step */
  move(step) {
    const n = this.#items.length;
    if (n) this.#choose((this.#chosen + (step === 1 || this.#chosen >= 0 ? step : 0) + n) % n);
  }

  /** @param {number} index */
  #choose(index) {
    this.#chosen = index;
    for (const [i, option] of [...this.list.children].entries()) {
      option.setAttribute("aria-selected", String(i === index));
      if (i === index) option.scrollIntoView({ block: "nearest" });
    }
    this.input.setAttribute("aria-activedescendant", `hit-${index}`);
  }

  /** @param {Event} event */
  #clicked(event) {
    const option = event.target instanceof Element ? event.target.closest("[role=option]") : null;
    const item = option && this.#items[[...this.list.children].indexOf(option)];
    if (item) this.dispatchEvent(new CustomEvent("pick", { detail: { item } }));
  }

  /**
   * @param {Item} item
   * @param {number} index
   */
  #hit(item, index) {
    const option = clone("hit");
    option.id = `hit-${index}`;
    option.setAttribute("aria-selected", "false");
    write(option, "name", item.item_name);
    write(option, "code", item.item_code);
    const here = item.rack === this.rackId;
    option.dataset["here"] = String(here);
    const place = { floor: item.floor ?? "", rack: item.rack ?? "" };
    write(option, "place", here ? t("scan.here") : t("scan.elsewhere", place));
    return option;
  }
}
