// @ts-check
/**
 * One decision with its reason. Events: `choose` {resolution}, `settle` {resolution, note}.
 */
import { t, tryText } from "../core/texts.js";
import { box, clone, part, tell, write } from "./parts.js";

/** @import { Resolution } from "../core/types.js" */

const REASONS = [1, 2, 3];
/** @type {Resolution[]} */
export const CHOICES = ["accept_client", "accept_server", "merge", "recount"];

class ConflictDecision extends HTMLElement {
  /** @type {(resolution: Resolution) => {does: string, confirm: string}} */
  words = () => ({ does: "", confirm: "" });

  connectedCallback() {
    const form = part(this, "form", HTMLFormElement);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.submit();
    });
    form.addEventListener("change", ({ target }) => {
      if (target instanceof HTMLInputElement && target.name === "resolution") this.#chosen(/** @type {Resolution} */ (target.value));
    });
    box(this, "reasons").addEventListener("click", ({ target }) => {
      const chip = target instanceof Element ? target.closest("button") : null;
      if (chip) this.#fill(chip.dataset["reason"] ?? "");
    });
    part(this, "note", HTMLInputElement).addEventListener("input", () => {
      this.error = null;
    });
  }

  /**
   * Ask anew.
   * @param {Resolution[]} choices  that can be made
   */
  open(choices) {
    for (const choice of CHOICES) box(this, `choice-${choice}`).hidden = !choices.includes(choice);
    this.choose(null);
    this.hidden = false;
  }

  /** @returns {Resolution | null} */
  get choice() {
    const checked = this.querySelector('input[name="resolution"]:checked');
    return checked instanceof HTMLInputElement ? /** @type {Resolution} */ (checked.value) : null;
  }

  /** @param {Resolution | null} resolution */
  choose(resolution) {
    if (resolution && box(this, `choice-${resolution}`).hidden) return;
    for (const radio of this.querySelectorAll('input[name="resolution"]')) {
      if (radio instanceof HTMLInputElement) radio.checked = radio.value === resolution;
    }
    this.#chosen(resolution);
  }

  /** The words changed: draw them again. */
  refresh() {
    const { choice } = this;
    if (!choice) return;
    const { does, confirm } = this.words(choice);
    write(this, "does", does);
    write(this, "confirm-text", confirm);
  }

  /** Fill in a usual reason by its number. @param {number} n */
  reason(n) {
    const chip = box(this, "reasons").children[n - 1];
    if (this.choice && chip instanceof HTMLElement) this.#fill(chip.dataset["reason"] ?? "");
  }

  submit() {
    const note = part(this, "note", HTMLInputElement);
    const { choice } = this;
    if (!choice || this.isBusy) return;
    const text = note.value.trim();
    note.setAttribute("aria-invalid", String(!text));
    this.error = text ? null : t("desk.note_missing");
    if (text) this.dispatchEvent(new CustomEvent("settle", { detail: { resolution: choice, note: text } }));
    else note.focus();
  }

  /** Whether a reason is there, so that one more Enter settles. */
  get isReady() {
    return Boolean(this.choice && part(this, "note", HTMLInputElement).value.trim());
  }

  focusNote() {
    part(this, "note", HTMLInputElement).focus();
  }

  get isBusy() {
    return part(this, "confirm", HTMLButtonElement).disabled;
  }

  set isBusy(busy) {
    part(this, "confirm", HTMLButtonElement).disabled = busy;
  }

  /** @param {string | null} text */
  set error(text) {
    tell(this, "error", text);
  }

  /** @param {Resolution | null} resolution */
  #chosen(resolution) {
    this.error = null;
    const note = part(this, "note", HTMLInputElement);
    note.value = "";
    note.setAttribute("aria-invalid", "false");
    box(this, "reasoning").hidden = resolution === null;
    box(this, "reasons").replaceChildren(...(resolution ? REASONS.map((n) => reasonChip(resolution, n)) : []));
    this.refresh();
    this.dispatchEvent(new CustomEvent("choose", { detail: { resolution } }));
  }

  /** @param {string} reason */
  #fill(reason) {
    part(this, "note", HTMLInputElement).value = reason;
    this.error = null;
  }
}

/**
 * @param {Resolution} resolution
 * @param {number} n
 */
function reasonChip(resolution, n) {
  const chip = clone("reason");
  const text = tryText(`desk.reason.${resolution}.${n}`) ?? "";
  chip.dataset["reason"] = text;
  write(chip, "key", String(n));
  write(chip, "text", text);
  return chip;
}

customElements.define("conflict-decision", ConflictDecision);
export { ConflictDecision };
