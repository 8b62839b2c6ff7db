// @ts-check
/** Opening a stocktake: which floors, blind or not, once or twice, and what its tolerance means in plain words. */
import { t } from "../../core/texts.js";
import { example, inWords } from "../../core/tolerance.js";
import { box, clone, part, tell, write } from "../../elements/parts.js";
import { wordsOf } from "../problems.js";
import { toleranceIn } from "./limits.js";

/** @import { Stocktake } from "../../core/types.js" */
/** @import { Shell } from "../shell.js" */

/** What the example is about. */
const EXAMPLE = { of: 100, price: 5 };

export class Opening {
  /** @type {(stocktake: Stocktake) => void} */
  onopen = () => {};

  /** @param {Pick<Shell, "api">} shell */
  constructor({ api }) {
    this.api = api;
    this.dialog = /** @type {HTMLDialogElement} */ (document.getElementById("new-stocktake"));
    this.form = part(this.dialog, "form", HTMLFormElement);
    this.name = part(this.dialog, "name", HTMLInputElement);
    box(this.dialog, "back").addEventListener("click", () => this.dialog.close());
    this.form.addEventListener("input", () => this.#say());
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#open();
    });
  }

  async ask() {
    this.form.reset();
    this.#refuse(null);
    this.#say();
    this.dialog.showModal();
    this.name.focus();
    const { floors } = await this.api.get("/api/racks/floors").catch(() => ({ floors: [] }));
    box(this.dialog, "floors").replaceChildren(...floors.map(floorChip));
  }

  #say() {
    const tolerance = toleranceIn(this.dialog);
    write(this.dialog, "words", inWords(tolerance));
    write(this.dialog, "example", example(tolerance, EXAMPLE));
  }

  async #open() {
    const name = this.name.value.trim();
    if (!name) return this.#refuse(t("stocktakes.form.name_missing"));
    const chosen = this.dialog.querySelectorAll('[data-part="floors"] input:checked');
    const wish = {
      name,
      floors: [...chosen].map((box) => /** @type {HTMLInputElement} */ (box).value),
      blind: part(this.dialog, "blind", HTMLInputElement).checked,
      double_count: part(this.dialog, "double", HTMLInputElement).checked,
      tolerance: toleranceIn(this.dialog),
    };
    const go = part(this.dialog, "go", HTMLButtonElement);
    go.disabled = true;
    try {
      const stocktake = await this.api.post("/api/stocktakes", wish);
      this.dialog.close();
      this.onopen(stocktake);
    } catch (error) {
      this.#refuse(wordsOf(error), false);
    } finally {
      go.disabled = false;
    }
  }

  /**
   * @param {string | null} text
   * @param {boolean} [isName]
   */
  #refuse(text, isName = true) {
    tell(this.dialog, "error", text);
    this.name.setAttribute("aria-invalid", String(Boolean(text) && isName));
    if (text && isName) this.name.focus();
  }
}

/** @param {{floor: string}} floor */
function floorChip({ floor }) {
  const chip = clone("floor");
  write(chip, "text", floor);
  /** @type {HTMLInputElement} */ (chip.querySelector("input")).value = floor;
  return chip;
}
