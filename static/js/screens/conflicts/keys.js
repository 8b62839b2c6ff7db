// @ts-check
/** The desk by keyboard: through the queue, pick, choose, give a usual reason, confirm. */

/** @import { Resolution } from "../../core/types.js" */
/** @import { DeskList } from "./list.js" */
/** @import { Settling } from "./settling.js" */

/** @type {Record<string, 1 | -1>} */
const STEPS = { j: 1, ArrowDown: 1, k: -1, ArrowUp: -1 };
/** @type {Record<string, Resolution>} */
const CHOICES = { a: "accept_client", s: "accept_server", m: "merge", r: "recount" };

export class DeskKeys {
  /**
   * @param {DeskList} list
   * @param {Settling} settling
   * @param {() => void} back  Esc with nothing else to leave
   */
  constructor(list, settling, back) {
    this.list = list;
    this.settling = settling;
    this.back = back;
    document.addEventListener("keydown", (event) => this.#key(event));
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    if (event.key === "Escape") return this.#escape();
    if (isTyping(event.target)) return;
    if (this.#act(event)) event.preventDefault();
  }

  /** @param {KeyboardEvent} event @returns {boolean} whether the key meant something here */
  #act({ key, target, shiftKey }) {
    const { form } = this.settling;
    const small = key.length === 1 ? key.toLowerCase() : key;
    const step = STEPS[small];
    if (step && !(isChoice(target) && key.startsWith("Arrow"))) return this.#move(step, shiftKey);
    if (small === "x") return this.#pick();
    const choice = CHOICES[small];
    if (choice && this.settling.maySettle) this.settling.choose(choice);
    else if (/^[123]$/.test(key) && this.settling.maySettle) this.settling.giveReason(Number(key));
    else if (form.hidden) return false;
    else if (key === "Enter" && form.choice && !isButtonOfForm(target)) this.#confirm();
    else return false;
    return true;
  }

  /**
   * @param {1 | -1} step
   * @param {boolean} picks  on the way
   */
  #move(step, picks) {
    const { queue } = this.list;
    const from = queue.current;
    const id = queue.move(step);
    if (picks && id && from && this.list.view.picks) {
      if (!queue.picked.has(from)) this.list.pick({ id: from });
      this.list.pick({ id, range: true });
    }
    if (id && id !== from) this.list.open(id);
    this.list.view.focusOn(id);
    return true;
  }

  #pick() {
    const id = this.list.queue.current;
    if (id && this.list.view.picks) this.list.pick({ id });
    return true;
  }

  #confirm() {
    const { form } = this.settling;
    if (form.isReady) form.submit();
    else form.focusNote();
  }

  /** Leave the innermost of: a field, a choice, the picks, the conflict. */
  #escape() {
    const { form } = this.settling;
    const { queue, view } = this.list;
    if (isTyping(document.activeElement)) view.focusOn(queue.current);
    else if (form.choice) form.choose(null);
    else if (queue.picked.size) document.querySelector('[data-part="pick-none"]')?.dispatchEvent(new MouseEvent("click"));
    else this.back();
  }
}

/** @param {EventTarget | null} target */
function isTyping(target) {
  if (target instanceof HTMLInputElement) return target.type !== "radio" && target.type !== "checkbox";
  return target instanceof HTMLSelectElement || target instanceof HTMLTextAreaElement;
}

/** @param {EventTarget | null} target */
function isChoice(target) {
  return target instanceof HTMLInputElement && target.type === "radio";
}

/** Enter on these does what they say. @param {EventTarget | null} target */
function isButtonOfForm(target) {
  return target instanceof Element && target.closest("button, a, summary") !== null && !target.closest("conflict-queue");
}
