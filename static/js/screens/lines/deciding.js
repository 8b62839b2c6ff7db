// @ts-check
/** Decisions: on the line at hand, on what is picked, or on all that match; each says first what it will do. */
import { Problem } from "../../core/api.js";
import { FROZEN, bodyOf } from "../../core/line-filter.js";
import { number, t, tn } from "../../core/texts.js";
import { ask } from "../../elements/ask-dialog.js";
import { box, part, tell, write } from "../../elements/parts.js";
import { wordsOf } from "../problems.js";
import { ROOT } from "./list.js";

/** @import { CountLine } from "../../core/types.js" */
/** @import { Lines } from "./list.js" */

/** @typedef {"approve" | "reject" | "recount" | "zero"} Act */
/** @typedef {"one" | "picked" | "all"} About */

/** These must say why; to approve is to agree with what is seen. */
const NEEDS_NOTE = ["reject", "recount"];

export class Deciding extends EventTarget {
  /** @type {About} */
  about = "one";
  /** @type {Act | null} */
  act = null;
  /** The pass whose figure is taken, by its fence. @type {number | null} */
  fence = null;
  isBusy = false;

  /** @param {Lines} lines */
  constructor(lines) {
    super();
    this.lines = lines;
    this.form = part(document, "decision", HTMLFormElement);
    this.note = part(this.form, "note", HTMLInputElement);
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#decide();
    });
    box(this.form, "acts").addEventListener("click", ({ target }) => {
      const button = target instanceof Element ? target.closest("button") : null;
      if (button) this.choose(/** @type {Act} */ (button.dataset["act"]));
    });
    box(this.form, "cancel").addEventListener("click", () => this.choose(null));
  }

  /** @returns {CountLine[]} */
  get targets() {
    const { list } = this.lines;
    if (this.about === "picked") return list.pickedLines;
    return list.line ? [list.line] : [];
  }

  /** @param {About} about */
  ask(about) {
    if (about !== this.about) this.choose(null);
    this.about = about;
    this.show();
  }

  show() {
    const acts = this.#acts();
    this.form.hidden = !this.lines.mayDecide || !this.lines.isOpen || acts.length === 0;
    for (const button of box(this.form, "acts").querySelectorAll("button")) {
      button.hidden = !acts.includes(/** @type {Act} */ (button.dataset["act"]));
    }
    if (this.act && !acts.includes(this.act)) this.choose(null);
    else this.#say();
  }

  /**
   * @param {Act | null} act
   * @param {number | null} [fence]
   */
  choose(act, fence = null) {
    if (act && !this.#acts().includes(act)) return;
    this.act = act;
    this.fence = fence;
    this.note.value = "";
    this.error = null;
    this.#say();
    if (act) this.note.focus();
  }

  /** @param {string | null} text */
  set error(text) {
    tell(this.form, "error", text);
    this.note.setAttribute("aria-invalid", String(text !== null));
  }

  /** What may be done with what is asked about. @returns {Act[]} */
  #acts() {
    if (this.about !== "one") return this.about === "all" || this.targets.length ? ["approve", "recount", "reject"] : [];
    const [line] = this.targets;
    if (!line || FROZEN.includes(line.status)) return [];
    return line.passes.length ? ["approve", "recount", "reject"] : ["zero", "recount", "reject"];
  }

  #say() {
    const { act, form } = this;
    for (const button of box(form, "acts").querySelectorAll("button")) {
      button.setAttribute("aria-pressed", String(button.dataset["act"] === act));
    }
    box(form, "say").hidden = !act;
    tell(form, "about", this.about === "one" ? null : this.#aboutWords());
    if (!act) return;
    write(form, "means", this.#meaning(act));
    write(form, "note-label", t(NEEDS_NOTE.includes(act) ? "lines.note_needed" : "lines.note"));
    write(form, "go", this.#goWords(act));
  }

  #aboutWords() {
    const n = this.about === "all" ? (this.lines.matching?.lines ?? 0) : this.targets.length;
    return tn(this.about === "all" ? "lines.about_all" : "lines.about_picked", n, { n: number(n) });
  }

  /** @param {Act} act */
  #meaning(act) {
    const [line] = this.targets;
    if (this.about !== "one" || !line) return t(`lines.means.${act === "zero" ? "approve" : act}_many`);
    const pass = line.passes.find(({ fence }) => fence === this.fence);
    const counted = number(pass?.counted ?? line.counted_qty ?? 0);
    const facts = { counted, book: number(line.expected_qty), rack: line.rack_id, who: pass?.name ?? "" };
    return t(pass ? "lines.means.take" : `lines.means.${act}`, facts);
  }

  /** @param {Act} act */
  #goWords(act) {
    if (this.about === "one") return t(`lines.go.${act}`);
    const n = this.about === "all" ? (this.lines.matching?.lines ?? 0) : this.targets.length;
    return tn(`lines.go_many.${act}`, n, { n: number(n) });
  }

  async #decide() {
    const { act } = this;
    const note = this.note.value.trim();
    if (!act || this.isBusy) return;
    this.error = NEEDS_NOTE.includes(act) && !note ? t("lines.note_missing") : null;
    if (NEEDS_NOTE.includes(act) && !note) return this.note.focus();
    this.isBusy = true;
    part(this.form, "go", HTMLButtonElement).disabled = true;
    try {
      if (this.about === "all") await this.#all(act, note);
      else if (this.about === "picked") await this.#each(this.targets, act, note);
      else await this.#one(act, note);
    } catch (error) {
      this.error = this.#refused(error);
    } finally {
      this.isBusy = false;
      part(this.form, "go", HTMLButtonElement).disabled = false;
    }
  }

  /**
   * @param {Act} act
   * @param {string} note
   */
  async #one(act, note) {
    const [line] = this.targets;
    if (!line) return;
    const decided = await this.#send(line, act, note, this.fence);
    this.#done(t(`lines.done.${act}`, { item: line.item_code, rack: line.rack_id }), [decided]);
  }

  /**
   * @param {CountLine[]} targets
   * @param {Act} act
   * @param {string} note
   */
  async #each(targets, act, note) {
    const decided = [];
    let why = "";
    for (const line of targets) {
      write(this.form, "about", t("lines.going", { n: decided.length, of: targets.length }));
      try {
        decided.push(await this.#send(line, act, note, null));
      } catch (error) {
        if (!(error instanceof Problem)) throw error;
        why = wordsOf(error);
      }
    }
    const left = targets.length - decided.length;
    const words = [tn("lines.decided", decided.length, { n: number(decided.length) }), left ? `${tn("lines.left", left, { n: number(left) })} ${why}` : ""];
    this.lines.list.picked.clear();
    this.#done(words.filter(Boolean).join(" "), decided, left > 0);
  }

  /**
   * @param {Act} act
   * @param {string} note
   */
  async #all(act, note) {
    const { filter, matching } = this.lines;
    const n = matching?.lines ?? 0;
    const words = { title: tn(`lines.go_many.${act}`, n, { n: number(n) }), body: t("lines.confirm_all"), yes: t("lines.confirm_yes") };
    if (!(await ask(words))) return;
    const path = act === "zero" ? "approve" : act;
    const { decided, left } = await this.lines.api.post(`${ROOT}/${path}`, { ...bodyOf(filter), note });
    const told = [tn("lines.decided", decided, { n: number(decided) }), left ? tn("lines.left", left, { n: number(left) }) : ""];
    this.#done(told.filter(Boolean).join(" "), [], left > 0);
  }

  /**
   * @param {CountLine} line
   * @param {Act} act
   * @param {string} note
   * @param {number | null} fence
   * @returns {Promise<CountLine>}
   */
  #send(line, act, note, fence) {
    const body = { rev: line.rev, note, ...(fence !== null && { fence }), ...(act === "zero" && { zero: true }) };
    return this.lines.api.post(`${ROOT}/${encodeURIComponent(line.line_id)}/${act === "zero" ? "approve" : act}`, body);
  }

  /**
   * @param {string} text
   * @param {CountLine[]} decided
   * @param {boolean} [isPartly]
   */
  #done(text, decided, isPartly = false) {
    for (const line of decided) this.lines.list.replace(line);
    this.choose(null);
    this.dispatchEvent(new CustomEvent("decided", { detail: { text, isPartly } }));
  }

  /** @param {unknown} error */
  #refused(error) {
    if (error instanceof Problem && ["line_changed", "line_frozen"].includes(error.code)) this.lines.soon();
    return wordsOf(error);
  }
}
