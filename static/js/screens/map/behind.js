// @ts-check
/** Says that the map is behind, by how much, and what was caught up afterwards. */
import { duration, t, tn } from "../../core/texts.js";
import { box, write } from "../../elements/parts.js";

/** @import { Shell } from "../shell.js" */

/** A shorter gap is not worth a word. */
const WORTH_MS = 1_500;

export class Behind {
  /** @type {number | null} epoch ms of when the map stopped being live */
  #since = null;
  #caughtUp = 0;
  #whole = false;
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #timer = undefined;

  /**
   * @param {Shell} shell
   * @param {() => boolean} isLoaded
   */
  constructor({ live, toasts }, isLoaded) {
    this.live = live;
    this.toasts = toasts;
    this.isLoaded = isLoaded;
    live.addEventListener("state", () => this.#changed());
  }

  /** An event came; before the map is live again it is one that was missed. @param {string} name */
  hear(name) {
    if (this.#since === null) return;
    if (name === "snapshot") this.#whole = true;
    else if (name !== "notification") this.#caughtUp += 1;
  }

  #changed() {
    if (this.live.state === "live") return this.#caught();
    if (!this.isLoaded()) return;
    if (this.#since === null) {
      this.#since = Date.now();
      this.#caughtUp = 0;
      this.#whole = false;
      this.#timer = setInterval(() => this.#tell(), 1_000);
    }
    this.#tell();
  }

  #tell() {
    const span = duration((Date.now() - (this.#since ?? Date.now())) / 1000);
    /** @type {Record<string, string>} */
    const words = { offline: t("map.offline", { span }), connecting: t("map.offline", { span }), catching_up: t("map.catching_up"), behind: t("map.behind", { span }) };
    write(document, "notice-text", words[this.live.state] ?? "");
    box(document, "notice").hidden = false;
    document.body.toggleAttribute("data-behind", true);
  }

  #caught() {
    const away = this.#since === null ? 0 : Date.now() - this.#since;
    clearInterval(this.#timer);
    this.#since = null;
    box(document, "notice").hidden = true;
    document.body.toggleAttribute("data-behind", false);
    if (away < WORTH_MS) return;
    this.toasts.say(this.#whole ? t("map.caught_up_whole") : tn("map.caught_up", this.#caughtUp));
  }
}
