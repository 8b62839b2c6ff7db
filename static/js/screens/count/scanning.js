// @ts-check
/**
 * Everything that a code can come from, in one line: scanner, camera, field, list. Acts are taken one
 * after another, so that none overtakes another or is lost.
 */
import { readCode } from "../../core/scan-code.js";
import { t } from "../../core/texts.js";
import { CountList } from "../../elements/count-list.js";
import { ScanBox } from "../../elements/scan-box.js";
import { wordsOf } from "../problems.js";
import { Keys } from "./keys.js";
import { Sighting } from "./sighting.js";
import { Taking } from "./taking.js";

/** @import { Desk } from "./desk.js" */
/** @import { Session } from "./session.js" */

export class Scanning {
  /** @type {"open" | "paused" | "lost"} */
  #state = "open";
  /** @type {Promise<void>} */
  #line = Promise.resolve();
  #search = new AbortController();

  /**
   * @param {Desk} shell
   * @param {Session} session
   * @param {AbortSignal} signal
   */
  constructor(shell, session, signal) {
    this.shell = shell;
    this.session = session;
    this.scanBox = /** @type {ScanBox} */ (document.querySelector("scan-box"));
    this.taking = new Taking(this, signal);
    this.sighting = new Sighting(this, (code) => this.#take(code, { by: "camera" }), signal);
    this.keys = new Keys(this.scanBox, (code, times) => this.#take(code, { by: "scan", times }), signal);
    this.#listen(signal);
  }

  /** @param {AbortSignal} signal */
  #listen(signal) {
    /** @type {(from: EventTarget, type: string, act: (detail: any) => void) => void} */
    const on = (from, type, act) =>
      from.addEventListener(type, (event) => act(/** @type {CustomEvent} */ (event).detail), { signal });
    on(this.scanBox, "scan", ({ code }) => this.#take(code, { by: "typed" }));
    on(this.scanBox, "pick", ({ item }) => {
      this.scanBox.clear();
      this.#when(() => this.taking.pick(item));
    });
    on(this.scanBox, "search", ({ text }) => void this.find(text));
    on(this.scanBox, "undo", () => this.#when(() => this.taking.undo()));
    on(this.scanBox, "sound", () => this.#switchSound());
    const list = /** @type {CountList} */ (document.querySelector("count-list"));
    on(list, "edit", ({ id }) => this.edit(id));
  }

  /** @param {string} id */
  edit(id) {
    this.#when(() => this.taking.edit(id));
  }

  start() {
    this.scanBox.rackId = this.session.rack_id;
    this.scanBox.sound = this.shell.sounds.isOn;
    this.scanBox.clear();
    this.taking.card.close();
    this.ready();
    this.shell.catalogue.prepare(this.session.floor, this.session.rack_id).catch(() => {});
  }

  close() {
    this.#search.abort();
    this.sighting.close();
    this.taking.card.close();
  }

  /** @param {"open" | "paused" | "lost"} state */
  set state(state) {
    this.#state = state;
    this.scanBox.disabled = state !== "open";
    if (state !== "open") this.sighting.close();
  }

  ready() {
    if (this.#state === "open") this.scanBox.ready();
  }

  /** One act after another. @param {() => Promise<unknown>} act */
  next(act) {
    this.#line = this.#line.then(act).then(() => {}, (error) => this.say(wordsOf(error), "wrong"));
  }

  /**
   * Tell eyes, ears and hand.
   * @param {string} text
   * @param {import("../../core/sounds.js").Tone} [tone]
   */
  say(text, tone = "good") {
    this.shell.sounds.play(tone);
    this.scanBox.note(text, tone);
  }

  /**
   * Search for items, and show them.
   * @param {string} text
   * @returns {Promise<boolean>} whether anything was found
   */
  async find(text) {
    this.#search.abort();
    this.#search = new AbortController();
    const { signal } = this.#search;
    const hits = await this.shell.catalogue.search(text, signal).catch(() => null);
    if (!hits || signal.aborted) return false;
    this.scanBox.hits = hits;
    return hits.length > 0;
  }

  /**
   * @param {string} text
   * @param {import("./taking.js").How} how
   */
  #take(text, how) {
    const start = performance.now();
    this.#search.abort(); // hits of a search that is still on would cover the count
    this.#when(async () => {
      const saved = await this.taking.take(readCode(text), how);
      if (saved) performance.measure("scan-to-saved", { start });
    });
  }

  /** Only while the rack may be counted. @param {() => Promise<unknown>} act */
  #when(act) {
    this.next(async () => {
      if (this.#state === "open") return act();
      this.shell.sounds.play("wrong");
      this.shell.toasts.say(t(this.#state === "paused" ? "scan.paused" : "scan.lost"), "warn");
    });
  }

  #switchSound() {
    this.shell.sounds.switch(!this.shell.sounds.isOn);
    this.scanBox.sound = this.shell.sounds.isOn;
  }
}
