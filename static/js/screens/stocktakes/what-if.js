// @ts-check
/** What another tolerance would have done, beside what is. Changes nothing. */
import { money, number } from "../../core/texts.js";
import { inWords } from "../../core/tolerance.js";
import { box, part, tell, write } from "../../elements/parts.js";
import { wordsOf } from "../problems.js";
import { putTolerance, toleranceIn } from "./limits.js";

/** @import { Stocktake, WhatIf } from "../../core/types.js" */
/** @import { Shell } from "../shell.js" */

const WAIT_MS = 250;
const ROWS = /** @type {const} */ (["counted", "within", "outside", "agreed", "disputed", "value_outside"]);

export class WhatIfPanel {
  /** @type {Stocktake | null} */
  stocktake = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer = undefined;
  #round = 0;

  /** @param {Pick<Shell, "api">} shell */
  constructor({ api }) {
    this.api = api;
    this.root = box(document, "what-if");
    this.slide = part(this.root, "slide", HTMLInputElement);
    this.pieces = part(this.root, "pieces", HTMLInputElement);
    this.slide.addEventListener("input", () => {
      this.pieces.value = this.slide.value;
    });
    const form = part(this.root, "what-if-form", HTMLFormElement);
    form.addEventListener("input", () => this.#soon());
    form.addEventListener("submit", (event) => event.preventDefault());
  }

  /** @param {Stocktake} stocktake  another one than before begins with its own tolerance */
  show(stocktake) {
    if (this.stocktake?.stocktake_id !== stocktake.stocktake_id) putTolerance(this.root, stocktake.tolerance);
    this.stocktake = stocktake;
    void this.#ask();
  }

  #soon() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#ask(), WAIT_MS);
    write(this.root, "what-words", inWords(toleranceIn(this.root)));
  }

  async #ask() {
    const round = (this.#round += 1);
    const tolerance = toleranceIn(this.root);
    if (!this.stocktake) return;
    this.slide.value = String(tolerance.pieces ?? 0);
    write(this.root, "what-words", inWords(tolerance));
    const told = Object.entries(tolerance).filter(([, limit]) => limit !== null).map(([name, limit]) => [name, String(limit)]);
    try {
      const { now, then } = await this.api.get(`/api/stocktakes/${encodeURIComponent(this.stocktake.stocktake_id)}/what-if?${new URLSearchParams(told)}`);
      if (round !== this.#round) return;
      tell(this.root, "what-error", null);
      for (const row of ROWS) this.#row(row, now, then);
    } catch (error) {
      if (round === this.#round) tell(this.root, "what-error", wordsOf(error));
    }
  }

  /**
   * @param {typeof ROWS[number]} row
   * @param {WhatIf} now
   * @param {WhatIf} then
   */
  #row(row, now, then) {
    const words = row === "value_outside" ? money : number;
    write(this.root, `now-${row}`, words(now[row]));
    write(this.root, `then-${row}`, words(then[row]));
    box(this.root, `then-${row}`).toggleAttribute("data-other", now[row] !== then[row]);
  }
}
