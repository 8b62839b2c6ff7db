// @ts-check
/** The slider over a stocktake. Events: `moment` {at} · `live`. It plays by itself, at a chosen speed. */
import { t, timeOfDay } from "../core/texts.js";
import { box, draw, part, write } from "./parts.js";

/** Arrow keys go so far, with Page Up and Down ten times that. */
const STEP_MS = 10_000;
/** While it plays, the map is drawn so often. */
const FRAME_MS = 100;

class TimeBar extends HTMLElement {
  #start = 0;
  #end = 0;
  #at = 0;
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #timer = undefined;

  connectedCallback() {
    draw(this, "play-icon", "play");
    this.#slider.addEventListener("input", () => this.#go(this.#start + Number(this.#slider.value) * 1000));
    this.#slider.addEventListener("keydown", (event) => this.#key(event));
    box(this, "play").addEventListener("click", () => this.#play(!this.#timer));
    box(this, "live").addEventListener("click", () => this.dispatchEvent(new Event("live")));
  }

  get at() {
    return this.#at;
  }

  /**
   * Show the span of time that one may look at, at its end.
   * @param {number} start  epoch ms
   * @param {number} end
   */
  open(start, end) {
    this.hidden = false;
    this.#start = start;
    this.#end = end;
    this.#slider.max = String(Math.ceil((end - start) / 1000));
    this.#go(end);
    this.#slider.focus();
  }

  close() {
    this.#play(false);
    this.hidden = true;
  }

  get #slider() {
    return part(this, "moment", HTMLInputElement);
  }

  get #speed() {
    return Number(this.querySelector("input[name=speed]:checked")?.getAttribute("value") ?? 1);
  }

  /** @param {number} at */
  #go(at) {
    this.#at = Math.min(this.#end, Math.max(this.#start, at));
    const value = String(Math.round((this.#at - this.#start) / 1000));
    if (this.#slider.value !== value) this.#slider.value = value;
    const time = clockOf(this.#at);
    this.#slider.setAttribute("aria-valuetext", time);
    this.style.setProperty("--share", String((this.#at - this.#start) / Math.max(1, this.#end - this.#start)));
    write(this, "told", t("past.told", { time }));
    this.dispatchEvent(new CustomEvent("moment", { detail: { at: this.#at } }));
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const steps = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageUp: 10, PageDown: -10 }[event.key];
    if (event.key === " ") {
      event.preventDefault();
      this.#play(!this.#timer);
    }
    if (!steps) return;
    event.preventDefault();
    this.#go(this.#at + steps * STEP_MS);
  }

  /** @param {boolean} on */
  #play(on) {
    clearInterval(this.#timer);
    this.#timer = undefined;
    box(this, "play").setAttribute("aria-pressed", String(on));
    draw(this, "play-icon", on ? "pause" : "play");
    if (!on) return;
    if (this.#at >= this.#end) this.#go(this.#start);
    this.#timer = setInterval(() => {
      this.#go(this.#at + FRAME_MS * this.#speed);
      if (this.#at >= this.#end) this.#play(false);
    }, FRAME_MS);
  }
}

/** The time of day with seconds; with the day, where that is another one. @param {number} at */
function clockOf(at) {
  const then = new Date(at);
  const seconds = String(then.getSeconds()).padStart(2, "0");
  const day = then.toDateString() === new Date().toDateString() ? "" : `${then.toLocaleDateString(document.documentElement.lang)} `;
  return `${day}${timeOfDay(at)}:${seconds}`;
}

customElements.define("time-bar", TimeBar);
export { TimeBar };
