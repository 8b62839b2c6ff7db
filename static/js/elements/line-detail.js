// @ts-check
/** One count line: figures, passes side by side, decisions, movements. Event: `take` {fence}. */
import { FROZEN } from "../core/line-filter.js";
import { money, moment, number, signed, t, tryText } from "../core/texts.js";
import { bookWords, damagedWords, figure, showMark, showOdd, showStatus, value, variance } from "./line-words.js";
import { box, clone, tell, write } from "./parts.js";

/** @import { CountLine, LineHistory, LinePass } from "../core/types.js" */

class LineDetail extends HTMLElement {
  mayDecide = false;

  connectedCallback() {
    this.addEventListener("click", ({ target }) => {
      const button = target instanceof Element ? target.closest("[data-fence]") : null;
      if (!(button instanceof HTMLElement)) return;
      this.dispatchEvent(new CustomEvent("take", { detail: { fence: Number(button.dataset["fence"]) } }));
    });
  }

  /** @param {CountLine} line */
  show(line) {
    this.hidden = false;
    write(this, "rack", line.rack_id);
    write(this, "floor", line.floor);
    write(this, "name", line.item_name || t("lines.no_name"));
    write(this, "code", line.item_code);
    write(this, "facts", [line.category, line.uom, t("lines.price", { price: money(line.price) })].filter(Boolean).join(" · "));
    showStatus(this, line.status);
    showMark(this, line);
    showOdd(this, line);
    this.#figures(line);
    tell(this, "said", line.said ? (tryText(`lines.said.${line.said}`) ?? null) : null);
    box(this, "passes-none").hidden = line.passes.length > 0;
    const mayTake = this.mayDecide && line.passes.length > 1 && !FROZEN.includes(line.status);
    box(this, "passes").replaceChildren(...line.passes.map((pass, i) => passOf(line, pass, i, mayTake)));
  }

  /** @param {LineHistory | null} history  none while it is asked for */
  set history(history) {
    box(this, "history-box").hidden = !history?.rulings.length;
    box(this, "moves-box").hidden = !history?.movements.length;
    if (!history) return;
    const rulings = history.rulings.map(({ decision, username, at, note }) =>
      entry(t("lines.ruling", { what: t(`line.status.${decision}`), who: username }), note, moment(at)));
    box(this, "rulings").replaceChildren(...rulings);
    write(this, "moves-lead", t("lines.moves_lead", { at: moment(history.book_at) }));
    const moves = history.movements.map(({ qty, at, heard_at, reference }) =>
      entry(signed(qty), reference ?? "", t("lines.move_at", { at: moment(at), heard: moment(heard_at) })));
    box(this, "moves").replaceChildren(...moves);
  }

  /** @param {CountLine} line */
  #figures(line) {
    write(this, "counted", figure(line.counted_qty));
    write(this, "counted-sub", [damagedWords(line.damage_qty), line.counted_at && t("lines.at", { at: moment(line.counted_at) })].filter(Boolean).join(" · "));
    write(this, "expected", figure(line.expected_qty));
    write(this, "expected-sub", bookWords(line));
    write(this, "variance", variance(line.variance_qty));
    write(this, "variance-sub", line.uom ?? "");
    write(this, "value", value(line.variance_value));
    write(this, "value-sub", t("lines.price", { price: money(line.price) }));
  }
}

/**
 * @param {CountLine} line
 * @param {LinePass} pass
 * @param {number} index
 * @param {boolean} mayTake
 */
function passOf(line, pass, index, mayTake) {
  const root = clone("pass");
  const before = line.passes[index - 1];
  const difference = before ? pass.counted - before.counted : 0;
  const stands = line.counted_qty === pass.counted && line.damage_qty === pass.damaged && line.counted_at === pass.at;
  root.toggleAttribute("data-stands", stands);
  write(root, "pass", t("hud.pass", { n: pass.pass }));
  write(root, "name", pass.name);
  write(root, "at", moment(pass.at));
  write(root, "counted", number(pass.counted));
  tell(root, "damaged", damagedWords(pass.damaged));
  box(root, "late").hidden = !pass.late;
  box(root, "stands").hidden = !stands;
  tell(root, "differs", before ? (difference ? t("lines.differs", { n: signed(difference), before: before.pass }) : t("lines.same")) : null);
  box(root, "differs").toggleAttribute("data-differs", difference !== 0);
  const take = box(root, "take");
  take.hidden = !mayTake;
  take.dataset["fence"] = String(pass.fence);
  take.textContent = t("lines.take_pass", { n: number(pass.counted) });
  return root;
}

/**
 * @param {string} what
 * @param {string} text
 * @param {string} at
 */
function entry(what, text, at) {
  const item = clone("entry");
  write(item, "what", what);
  tell(item, "text", text);
  write(item, "at", at);
  return item;
}

customElements.define("line-detail", LineDetail);
export { LineDetail };
