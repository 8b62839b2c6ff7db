// @ts-check
/** Count lines by keyboard: through the list, pick, approve, recount, reject, take a pass, back. */

/** @import { Act, Deciding } from "./deciding.js" */
/** @import { Lines } from "./list.js" */

/** @type {Record<string, 1 | -1>} */
const STEPS = { j: 1, ArrowDown: 1, k: -1, ArrowUp: -1 };
/** @type {Record<string, Act>} */
const ACTS = { a: "approve", x: "reject", r: "recount", z: "zero" };

export class LineKeys {
  /**
   * @param {Lines} lines
   * @param {Deciding} deciding
   * @param {{enter: () => void, back: () => void}} steps
   */
  constructor(lines, deciding, { enter, back }) {
    this.lines = lines;
    this.deciding = deciding;
    this.enter = enter;
    this.back = back;
    document.addEventListener("keydown", (event) => this.#key(event));
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    if (event.key === "Escape") return this.#escape();
    if (!isTyping(event.target) && this.#act(event)) event.preventDefault();
  }

  /** @param {KeyboardEvent} event @returns {boolean} whether the key meant something here */
  #act({ key, target, shiftKey }) {
    const small = key.length === 1 ? key.toLowerCase() : key;
    const isOnControl = target instanceof Element && target.closest("button, a, summary") !== null && !target.closest("line-table");
    const step = STEPS[small];
    const act = ACTS[small];
    if (step) this.#move(step, shiftKey);
    else if (act && !this.deciding.form.hidden) this.deciding.choose(act);
    else if (key === " " && !isOnControl && this.lines.table.maySelect) this.#pick();
    else if (key === "Enter" && !isOnControl && this.lines.list.current) this.enter();
    else if (/^[1-9]$/.test(key)) return this.#take(Number(key) - 1);
    else return false;
    return true;
  }

  /**
   * @param {1 | -1} step
   * @param {boolean} picks  on the way
   */
  #move(step, picks) {
    const { list, table } = this.lines;
    const from = list.current;
    const id = list.move(step);
    if (picks && from && id && table.maySelect) {
      if (!list.picked.has(from)) this.lines.pick({ id: from });
      this.lines.pick({ id, range: true });
    }
    if (id !== from) this.lines.open(id);
    table.focusOn(id);
  }

  #pick() {
    const { current } = this.lines.list;
    if (current) this.lines.pick({ id: current });
  }

  /** The figure of one of the passes. @param {number} index */
  #take(index) {
    const passes = this.lines.list.line?.passes ?? [];
    const pass = passes[index];
    if (!pass || passes.length < 2 || this.deciding.form.hidden || this.deciding.about !== "one") return false;
    this.deciding.choose("approve", pass.fence);
    return true;
  }

  /** Leave the innermost of: a decision, a field, the picks, the line. */
  #escape() {
    const { list, table } = this.lines;
    if (this.deciding.act) this.deciding.choose(null);
    else if (this.deciding.about === "all") this.lines.picks(() => {});
    else if (list.picked.size && !isTyping(document.activeElement)) this.lines.picks(() => list.picked.clear());
    else return this.back();
    table.focusOn(list.current);
  }
}

/** @param {EventTarget | null} target */
function isTyping(target) {
  if (target instanceof HTMLInputElement) return target.type !== "checkbox";
  return target instanceof HTMLSelectElement || target instanceof HTMLTextAreaElement;
}
