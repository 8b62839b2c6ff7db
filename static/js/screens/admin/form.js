// @ts-check
/** A dialog with a form: opens, tells what is wrong, closes when the server has taken it. */
import { box, part, tell } from "../../elements/parts.js";
import { Problem } from "../../core/api.js";
import { wordsOf } from "../problems.js";

export class FormDialog {
  /** @type {() => Promise<boolean | void>} true: stay open */
  onsave = async () => {};

  /** @param {string} id */
  constructor(id) {
    this.dialog = /** @type {HTMLDialogElement} */ (document.getElementById(id));
    box(this.dialog, "cancel").addEventListener("click", () => this.dialog.close());
    part(this.dialog, "form", HTMLFormElement).addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#save();
    });
  }

  open() {
    tell(this.dialog, "error", null);
    this.dialog.showModal();
  }

  /** @param {string} name */
  input(name) {
    return /** @type {HTMLInputElement} */ (box(this.dialog, name));
  }

  /** @param {string} name */
  value(name) {
    return this.input(name).value.trim();
  }

  async #save() {
    try {
      if (!(await this.onsave())) this.dialog.close();
    } catch (error) {
      tell(this.dialog, "error", reasonsOf(error));
    }
  }
}

/** What the server found wrong, field by field where it says so. @param {unknown} error */
function reasonsOf(error) {
  const fields = error instanceof Problem ? error.facts["errors"] : null;
  if (!fields || typeof fields !== "object") return wordsOf(error);
  return Object.entries(fields).map(([name, why]) => `${name}: ${flat(why)}`).join(" ");
}

/** @param {unknown} why @returns {string} */
function flat(why) {
  if (Array.isArray(why)) return why.map(flat).join(" ");
  return why && typeof why === "object" ? Object.values(why).map(flat).join(" ") : String(why);
}
