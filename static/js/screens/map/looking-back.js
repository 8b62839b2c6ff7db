// @ts-check
/** Time travel: the map at any moment of the stocktake. Live events go on being taken in behind it. */
import { Past } from "../../core/past.js";
import { t } from "../../core/texts.js";
import { box } from "../../elements/parts.js";
import { TimeBar } from "../../elements/time-bar.js";
import { wordsOf } from "../problems.js";

/** @import { Move, Rack } from "../../core/types.js" */
/** @import { Shell } from "../shell.js" */
/** @import { Floor } from "./floor.js" */

const PAGE = 2_000;
/** What a browser keeps: some weeks of a large warehouse. */
const MOST_PAGES = 50;

export class LookingBack {
  /** @type {Past | null} */
  #past = null;

  /**
   * @param {Shell} shell
   * @param {Floor} floor
   * @param {() => void} onchange  another moment is shown
   */
  constructor({ api, toasts }, floor, onchange) {
    this.api = api;
    this.toasts = toasts;
    this.floor = floor;
    this.onchange = onchange;
    this.bar = /** @type {TimeBar} */ (document.querySelector("time-bar"));
    this.button = /** @type {HTMLButtonElement} */ (box(document, "look-back"));
    this.button.addEventListener("click", () => void this.open());
    this.bar.addEventListener("moment", (event) => this.#show(/** @type {CustomEvent} */ (event).detail.at));
    this.bar.addEventListener("live", () => this.close());
  }

  /** The moment that is shown, epoch ms; null: now. */
  get at() {
    return this.#past ? this.bar.at : null;
  }

  async open() {
    this.button.disabled = true;
    this.button.setAttribute("aria-busy", "true");
    try {
      const { from, to, moves } = await this.#load();
      if (!moves.length) return this.toasts.say(t("past.nothing"), "warn");
      const past = new Past([...this.floor.map.racks.values()].map(untouched));
      past.add(moves);
      this.#past = past;
      this.bar.open(Math.max(from, past.start - 1_000), to);
      this.floor.view.arrange();
    } catch (error) {
      this.toasts.say(`${t("past.problem")} ${wordsOf(error)}`, "bad");
    } finally {
      this.button.disabled = false;
      this.button.removeAttribute("aria-busy");
    }
  }

  close() {
    this.#past = null;
    this.bar.close();
    this.floor.look(null);
    this.floor.view.arrange();
    this.onchange();
    this.button.focus();
  }

  /** @param {number} at */
  #show(at) {
    if (!this.#past) return;
    const changed = this.#past.seek(at);
    this.floor.look(this.#past.map, changed);
    this.onchange();
  }

  /** @returns {Promise<{from: number, to: number, moves: Move[]}>} */
  async #load() {
    /** @type {Move[]} */
    const moves = [];
    let cursor = "";
    const { stocktakes } = await this.api.get("/api/stocktakes");
    const open = stocktakes.find((/** @type {{status: string}} */ { status }) => status === "open") ?? stocktakes[0];
    if (!open) return { from: 0, to: 0, moves };
    let page;
    for (let n = 0; n < MOST_PAGES; n += 1) {
      page = await this.api.get(`/api/racks/replay?since=${open.created_at}&limit=${PAGE}${page ? `&to=${page.to}` : ""}${cursor && `&cursor=${encodeURIComponent(cursor)}`}`);
      moves.push(...page.base, ...page.moves);
      cursor = page.next_cursor ?? "";
      if (!cursor) break;
    }
    return { from: Date.parse(page.from), to: Date.parse(page.to), moves };
  }
}

/**
 * The rack before anybody counted it.
 * @param {Rack} rack
 * @returns {Rack}
 */
function untouched(rack) {
  return {
    ...rack,
    status: "available", recount: false, pass: 1, fence: 0, holder: null, session_id: null, last_session_id: null,
    claimed_at: null, last_heartbeat: null, assigned_to: null, shelved: null, open_conflicts: 0,
    progress: rack.progress && { records: 0, items: 0, pieces: 0, expected: rack.progress.expected },
  };
}
