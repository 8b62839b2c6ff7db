// @ts-check
/**
 * The end of a rack: what nobody counted is named, and a person says what holds. Not counted is not zero.
 * A session passes through: wait for the outbox → ask the server → decide → finish.
 */
import { t, tn } from "../core/texts.js";
import { box, clone, part, tell, write } from "./parts.js";

/** @typedef {{item_code: string, item_name: string}} Uncounted */
/** @typedef {{item_code: string, decision: "zero" | "recount" | "open"}} Decision */

export class FinishDialog {
  /** @param {HTMLDialogElement} dialog */
  constructor(dialog) {
    this.dialog = dialog;
    /** @type {Uncounted[]} */
    this.uncounted = [];
    /** @type {(decisions: Decision[]) => void} */
    this.onfinish = () => {};
    box(dialog, "back").addEventListener("click", () => dialog.close());
    box(dialog, "all").addEventListener("change", (event) => this.#decideAll(event));
    box(dialog, "list").addEventListener("change", () => this.#decided());
    part(dialog, "form", HTMLFormElement).addEventListener("submit", (event) => {
      event.preventDefault();
      this.onfinish(this.decisions);
    });
  }

  /** @param {string} rackId */
  open(rackId) {
    write(this.dialog, "title", t("finish.title", { rack: rackId }));
    box(this.dialog, "ask").hidden = true;
    this.#go.disabled = true;
    this.error = null;
    this.parked = 0;
    this.dialog.showModal();
  }

  get isOpen() {
    return this.dialog.open;
  }

  close() {
    this.dialog.close();
  }

  /** @param {string} text */
  set said(text) {
    write(this.dialog, "said", text);
  }

  /** @param {number} n */
  set parked(n) {
    tell(this.dialog, "parked", n ? tn("finish.parked", n) : null);
  }

  /** @param {string | null} text */
  set error(text) {
    tell(this.dialog, "error", text);
  }

  /** @param {Uncounted[]} items */
  decide(items) {
    this.uncounted = items;
    box(this.dialog, "ask").hidden = items.length === 0;
    for (const radio of box(this.dialog, "all").querySelectorAll("input")) radio.checked = false;
    box(this.dialog, "list").replaceChildren(...items.map((item, i) => row(item, i)));
    this.#decided();
  }

  /** @returns {Decision[]} */
  get decisions() {
    return this.uncounted.flatMap(({ item_code }, i) => {
      const chosen = this.dialog.querySelector(`input[name="item-${i}"]:checked`);
      if (!(chosen instanceof HTMLInputElement)) return [];
      return [{ item_code, decision: /** @type {Decision["decision"]} */ (chosen.value) }];
    });
  }

  get #go() {
    return part(this.dialog, "go", HTMLButtonElement);
  }

  /** @param {Event} event */
  #decideAll(event) {
    const value = /** @type {HTMLInputElement} */ (event.target).value;
    for (const radio of box(this.dialog, "list").querySelectorAll("input")) radio.checked = radio.value === value;
    this.#decided();
  }

  #decided() {
    const left = this.uncounted.length - this.decisions.length;
    this.#go.disabled = left > 0;
    if (this.uncounted.length === 0) this.said = t("finish.none");
    else if (left === this.uncounted.length) this.said = tn("finish.uncounted", left);
    else this.said = left ? tn("finish.undecided", left) : tn("finish.uncounted", this.uncounted.length);
  }
}

/**
 * @param {Uncounted} item
 * @param {number} index
 */
function row(item, index) {
  const fieldset = clone("decide");
  write(fieldset, "name", item.item_name);
  write(fieldset, "code", item.item_code);
  for (const radio of fieldset.querySelectorAll("input")) radio.name = `item-${index}`;
  return fieldset;
}
