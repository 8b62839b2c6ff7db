// @ts-check
/** The line below the scan box: what became of the last scan. It stays where it is, so that nothing jumps. */
import { t } from "../core/texts.js";
import { box, draw, write } from "./parts.js";

/** @import { Tone } from "../core/sounds.js" */

const STAY_MS = 8_000;
/** @type {Record<Tone, string>} */
const ICONS = { good: "check", warn: "flag", wrong: "alert" };

export class ScanNote {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer = undefined;

  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root;
    this.#quiet();
  }

  /**
   * @param {string} text
   * @param {Tone} tone
   */
  say(text, tone) {
    clearTimeout(this.#timer);
    this.#show(tone, ICONS[tone], text);
    this.#timer = setTimeout(() => this.#quiet(), STAY_MS);
  }

  #quiet() {
    this.#show("quiet", "scan", t("scan.ready"));
  }

  /**
   * @param {string} tone
   * @param {string} icon
   * @param {string} text
   */
  #show(tone, icon, text) {
    box(this.root, "note-line").dataset["tone"] = tone;
    draw(this.root, "note-icon", icon);
    write(this.root, "note", text);
  }
}
