// @ts-check
/** Closing a stocktake; where it cannot be, what waits is said, each with the way to it. */
import { Problem } from "../../core/api.js";
import { t } from "../../core/texts.js";
import { ask } from "../../elements/ask-dialog.js";
import { box, part, write } from "../../elements/parts.js";
import { wordsOf } from "../problems.js";
import { showWaits } from "./overview.js";

/** @import { Stocktake } from "../../core/types.js" */
/** @import { Shell } from "../shell.js" */

export class Closing {
  /** @type {Stocktake | null} */
  stocktake = null;
  /** @type {(stocktake: Stocktake) => void} */
  onclosed = () => {};

  /**
   * @param {Pick<Shell, "api">} shell
   * @param {boolean} mayClose
   */
  constructor({ api }, mayClose) {
    this.api = api;
    this.mayClose = mayClose;
    this.note = part(document, "close-note", HTMLInputElement);
    this.form = part(document, "close", HTMLFormElement);
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#close();
    });
  }

  /** @param {Stocktake} stocktake */
  show(stocktake) {
    if (this.stocktake?.stocktake_id !== stocktake.stocktake_id) this.note.value = "";
    this.stocktake = stocktake;
    this.form.hidden = !this.mayClose || stocktake.status === "closed";
  }

  async #close() {
    const { stocktake } = this;
    box(document, "close-error").hidden = true;
    if (!stocktake) return;
    const words = { title: t("stocktakes.close_ask", { name: stocktake.name }), body: t("stocktakes.close_lead"), yes: t("stocktakes.close_yes") };
    if (!(await ask(words))) return;
    try {
      const path = `/api/stocktakes/${encodeURIComponent(stocktake.stocktake_id)}/close`;
      this.onclosed(await this.api.post(path, { note: this.note.value.trim() }));
    } catch (error) {
      this.#refused(error, stocktake);
    }
  }

  /**
   * @param {unknown} error
   * @param {Stocktake} stocktake
   */
  #refused(error, stocktake) {
    const isUnsettled = error instanceof Problem && error.code === "stocktake_unsettled";
    box(document, "close-error").hidden = false;
    write(document, "close-error-text", isUnsettled ? t("stocktakes.close_refused") : wordsOf(error));
    box(document, "close-waits").hidden = !isUnsettled;
    if (isUnsettled) showWaits("close-waits", error.facts["waiting"] ?? {}, stocktake);
  }
}
