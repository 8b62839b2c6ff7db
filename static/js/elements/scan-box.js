// @ts-check
/**
 * Where codes come in: typed, searched, or from a scanner that types while nothing has the focus.
 * Events: `scan` {code, times} · `search` {text} · `pick` {item} · `undo` · `camera` · `sound`.
 */
import { MIN_SEARCH } from "../core/catalogue.js";
import { multiplierOf } from "../core/quantity.js";
import { t } from "../core/texts.js";
import { HitList } from "./hit-list.js";
import { box, draw, part, write } from "./parts.js";
import { focusQuietly } from "./quiet-focus.js";
import { ScanNote } from "./scan-note.js";

/** @import { Item } from "../core/types.js" */
/** @import { Tone } from "../core/sounds.js" */

const SEARCH_AFTER_MS = 150;

class ScanBox extends HTMLElement {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #searching = undefined;

  connectedCallback() {
    this.list = new HitList(box(this, "hits"), this.input);
    this.list.addEventListener("pick", (event) => this.#emit("pick", /** @type {CustomEvent} */ (event).detail));
    part(this, "form", HTMLFormElement).addEventListener("submit", (event) => {
      event.preventDefault();
      this.submit();
    });
    this.input.addEventListener("input", () => this.#typed());
    this.input.addEventListener("keydown", (event) => this.#key(event));
    this.line = new ScanNote(this);
    for (const tool of ["undo", "camera", "sound"]) {
      box(this, tool).addEventListener("click", () => this.#emit(tool, {}));
    }
  }

  /** @param {string} rackId  hits on it need no place */
  set rackId(rackId) {
    if (this.list) this.list.rackId = rackId;
  }

  /** @param {boolean} on */
  set sound(on) {
    box(this, "sound").setAttribute("aria-pressed", String(on));
    draw(this, "sound-icon", on ? "sound" : "mute");
  }

  /** @param {boolean} on */
  set camera(on) {
    box(this, "camera").setAttribute("aria-pressed", String(on));
  }

  /**
   * What became of the last scan; stays for a while, where the eyes are.
   * @param {string} text
   * @param {Tone} [tone]
   */
  note(text, tone = "good") {
    this.line?.say(text, tone);
  }

  /** Without calling the screen keyboard. */
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
    for (const button of this.querySelectorAll("button")) button.disabled = off && button.dataset["part"] !== "sound";
  }

  /** @param {string} char  typed while nothing had the focus */
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
    const item = this.list?.chosen;
    if (item) this.#emit("pick", { item });
    else if (code) this.#emit("scan", { code });
  }

  /** What was sent from here is dealt with; what has been typed since stays. @param {string} text */
  done(text) {
    if (this.input.value.trim() === text) this.clear();
  }

  clear() {
    clearTimeout(this.#searching);
    this.input.value = "";
    this.hits = null;
  }

  /** @param {Item[] | null} items  null: no search on */
  set hits(items) {
    if (!this.list) return;
    this.list.items = items;
    write(this, "said", items ? this.list.words(this.input.value.trim()) : "");
  }

  #typed() {
    clearTimeout(this.#searching);
    const text = this.input.value.trim();
    if (text.length >= MIN_SEARCH) {
      this.#searching = setTimeout(() => this.#emit("search", { text }), SEARCH_AFTER_MS);
    } else this.hits = null;
    const n = multiplierOf(text);
    write(this, "said", n ? t("scan.times", { n }) : "");
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.key === "Escape") this.clear();
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    event.preventDefault();
    this.list?.move(event.key === "ArrowDown" ? 1 : -1);
  }

  /** @param {string} type @param {object} detail */
  #emit(type, detail) {
    clearTimeout(this.#searching);
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}

customElements.define("scan-box", ScanBox);
export { ScanBox };
