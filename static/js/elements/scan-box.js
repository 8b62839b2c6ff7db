// @ts-check
/**
 * Where codes come in: typed, searched, or from a scanner that types while nothing has the focus.
 * Events: `scan` {code} · `search` {text} · `pick` {item}.
 */
import { MIN_SEARCH } from "../core/catalogue.js";
import { t, tn } from "../core/texts.js";
import { box, clone, draw, part, write } from "./parts.js";
import { focusQuietly } from "./quiet-focus.js";

/** @import { Item } from "../core/types.js" */

const SEARCH_AFTER_MS = 150;
const NOTE_MS = 8_000;

class ScanBox extends HTMLElement {
  /** @type {Item[]} */
  #hits = [];
  #chosen = -1;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #searching = undefined;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #noted = undefined;
  /** Rack on which hits need no place. */
  rackId = "";

  connectedCallback() {
    part(this, "form", HTMLFormElement).addEventListener("submit", (event) => {
      event.preventDefault();
      this.submit();
    });
    this.input.addEventListener("input", () => this.#typed());
    this.input.addEventListener("keydown", (event) => this.#key(event));
    const list = box(this, "hits");
    list.addEventListener("pointerdown", (event) => event.preventDefault());
    list.addEventListener("click", (event) => this.#clicked(event));
  }

  /**
   * What became of the last scan; stays for a while, where the eyes are.
   * @param {string} text
   * @param {"good" | "warn"} [tone]
   */
  note(text, tone = "good") {
    clearTimeout(this.#noted);
    box(this, "note-line").dataset["tone"] = tone;
    draw(this, "note-icon", tone === "good" ? "check" : "flag");
    write(this, "note", text);
    this.#noted = setTimeout(() => write(this, "note", ""), NOTE_MS);
  }

  /** Ready for the next code, without calling the screen keyboard. */
  ready() {
    focusQuietly(this.input);
  }

  get input() {
    return part(this, "input", HTMLInputElement);
  }

  /** @param {boolean} off */
  set disabled(off) {
    this.toggleAttribute("data-off", off);
    this.input.disabled = off;
    /** @type {HTMLButtonElement} */ (this.querySelector("button")).disabled = off;
  }

  /** A key that was typed while nothing had the focus. @param {string} char */
  type(char) {
    this.input.value += char;
    this.#typed();
  }

  backspace() {
    this.input.value = this.input.value.slice(0, -1);
    this.#typed();
  }

  submit() {
    const code = this.input.value.trim();
    const hit = this.#hits[this.#chosen];
    if (hit) this.#emit("pick", { item: hit });
    else if (code) this.#emit("scan", { code });
  }

  clear() {
    clearTimeout(this.#searching);
    this.input.value = "";
    this.hits = null;
    write(this, "said", "");
  }

  /** @param {Item[] | null} items  null: no search on */
  set hits(items) {
    this.#hits = items ?? [];
    this.#chosen = -1;
    const list = box(this, "hits");
    list.replaceChildren(...this.#hits.map((item, i) => this.#hit(item, i)));
    list.hidden = this.#hits.length === 0;
    this.input.setAttribute("aria-expanded", String(!list.hidden));
    this.input.removeAttribute("aria-activedescendant");
    if (items) {
      const none = t("scan.hits_none", { text: this.input.value.trim() });
      write(this, "said", items.length ? tn("scan.hits", items.length) : none);
    }
  }

  get hits() {
    return this.#hits;
  }

  #typed() {
    clearTimeout(this.#searching);
    const text = this.input.value.trim();
    if (text.length < MIN_SEARCH) {
      this.hits = null;
      write(this, "said", "");
      return;
    }
    this.#searching = setTimeout(() => this.#emit("search", { text }), SEARCH_AFTER_MS);
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.key === "Escape") this.clear();
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    event.preventDefault();
    const n = this.#hits.length;
    if (n) this.#choose((this.#chosen + (event.key === "ArrowDown" ? 1 : this.#chosen < 0 ? 0 : -1) + n) % n);
  }

  /** @param {number} index */
  #choose(index) {
    this.#chosen = index;
    for (const [i, option] of [...box(this, "hits").children].entries()) {
      option.setAttribute("aria-selected", String(i === index));
      if (i === index) option.scrollIntoView({ block: "nearest" });
    }
    this.input.setAttribute("aria-activedescendant", `hit-${index}`);
  }

  /** @param {Event} event */
  #clicked(event) {
    const option = event.target instanceof Element ? event.target.closest("[role=option]") : null;
    const item = option && this.#hits[[...box(this, "hits").children].indexOf(option)];
    if (item) this.#emit("pick", { item });
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
    option.dataset.here = String(here);
    const place = { floor: item.floor ?? "", rack: item.rack ?? "" };
    write(option, "place", here ? t("scan.here") : t("scan.elsewhere", place));
    return option;
  }

  /**
   * @param {string} type
   * @param {object} detail
   */
  #emit(type, detail) {
    clearTimeout(this.#searching);
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}

customElements.define("scan-box", ScanBox);
export { ScanBox };
