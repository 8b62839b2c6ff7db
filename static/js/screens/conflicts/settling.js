// @ts-check
/** Settling: one conflict or those that are picked, and what is told of it. */
import { Problem } from "../../core/api.js";
import { settledOf } from "../../core/desk-queue.js";
import { firstChoice, mergedOf } from "../../core/merge.js";
import { number, t, tn, tryText } from "../../core/texts.js";
import { CHOICES, ConflictDecision } from "../../elements/conflict-decision.js";
import { doesWords, fieldWords, howWords, itemOf, typeWords } from "../../elements/desk-words.js";
import { box, write } from "../../elements/parts.js";
import { wordsOf } from "../problems.js";

/** @import { Resolution } from "../../core/types.js" */
/** @import { Shell } from "../shell.js" */
/** @import { CaseView } from "./case.js" */
/** @import { DeskList } from "./list.js" */

const ROOT = "/api/sync/conflicts";

export class Settling {
  /** What the form asks about: a conflict's id, or all that are picked. */
  #about = "";
  /** What was pressed before its conflict came. @type {{id: string, resolution: Resolution, reason?: number} | null} */
  #wanted = null;

  /**
   * @param {Pick<Shell, "api" | "toasts" | "user">} shell
   * @param {DeskList} list
   * @param {CaseView} view
   * @param {boolean} maySettle
   */
  constructor({ api, toasts, user }, list, view, maySettle) {
    this.api = api;
    this.toasts = toasts;
    this.user = user;
    this.list = list;
    this.view = view;
    this.maySettle = maySettle;
    this.form = /** @type {ConflictDecision} */ (document.querySelector("conflict-decision"));
    this.form.words = (resolution) => this.#words(resolution);
    this.form.addEventListener("choose", (event) => this.#chosen(/** @type {CustomEvent} */ (event).detail.resolution));
    this.form.addEventListener("settle", (event) => void this.#settle(/** @type {CustomEvent} */ (event).detail));
    view.isInHand = () => this.form.choice !== null;
    view.diff.addEventListener("change", () => {
      this.form.error = null;
      view.diff.wrong = [];
    });
  }

  get isMany() {
    return this.list.queue.picked.size > 1;
  }

  /** Ask for what is shown now: several, one, or nothing where it is settled or nobody may. */
  ask() {
    const { kase } = this.view;
    const isOpen = kase?.status === "open" && !this.list.queue.settled.has(kase.conflict_id);
    const about = this.isMany ? [...this.list.queue.picked].join() : isOpen ? kase.conflict_id : "";
    if (about === this.#about && about) return this.form.refresh();
    this.#about = about;
    if (!this.maySettle || !about) {
      this.form.choose(null);
      this.form.hidden = true;
      return;
    }
    this.form.open(this.isMany ? CHOICES.filter((choice) => choice !== "merge") : CHOICES);
    if (this.#wanted?.id === about) {
      this.form.choose(this.#wanted.resolution);
      if (this.#wanted.reason) this.form.reason(this.#wanted.reason);
    }
    this.#wanted = null;
  }

  /** Choose by key, also for what is still on its way. @param {Resolution} resolution */
  choose(resolution) {
    const id = this.list.queue.current;
    if (this.isMany || this.view.kase?.conflict_id === id) this.form.choose(resolution);
    else if (id) this.#wanted = { id, resolution };
  }

  /** Give a usual reason by key, also for what is still on its way. @param {number} reason */
  giveReason(reason) {
    if (this.#wanted) this.#wanted.reason = reason;
    else this.form.reason(reason);
  }

  /** Show what is picked. */
  showMany() {
    const lines = this.list.queue.pickedLines;
    /** @type {Record<string, number>} */
    const sums = {};
    for (const { conflict_type: type } of lines) sums[type] = (sums[type] ?? 0) + 1;
    const words = Object.entries(sums).map(([type, n]) => `${number(n)} × ${typeWords(type)}`);
    this.view.openMany(words, tn("desk.picked", lines.length));
    this.ask();
  }

  /** @param {Resolution} resolution */
  #words(resolution) {
    const { kase } = this.view;
    if (this.isMany) {
      const lines = this.list.queue.pickedLines;
      const racks = [...new Set(lines.map(({ rack_id }) => rack_id))].join(", ");
      return {
        does: tryText(`desk.does_many.${resolution}`, { racks }) ?? "",
        confirm: tryText(`desk.confirm_many.${resolution}`, { n: lines.length }) ?? "",
      };
    }
    if (!kase) return { does: "", confirm: "" };
    return { does: doesWords(resolution, kase), confirm: tryText(`desk.confirm.${resolution}`, { name: kase.name }) ?? "" };
  }

  /** @param {Resolution | null} resolution */
  #chosen(resolution) {
    const { kase, diff } = this.view;
    if (resolution) box(document, "outcome").hidden = true;
    if (resolution) this.form.scrollIntoView({ block: "nearest" });
    if (!kase || this.isMany) return;
    const held = kase.serials.map(({ serial_number }) => serial_number);
    diff.merging = resolution === "merge" ? firstChoice(kase.payload, held) : null;
    if (resolution === "merge") diff.focusResult();
  }

  /** @param {{resolution: Resolution, note: string}} decision */
  async #settle(decision) {
    const id = this.view.kase?.conflict_id;
    this.form.isBusy = true;
    try {
      if (this.isMany) await this.#many(decision);
      else if (id) await this.#one(id, decision);
    } catch (error) {
      if (!(error instanceof Problem && error.code === "already_settled" && id)) this.form.error = wordsOf(error);
      else this.#wasFirst(id, error.facts);
    } finally {
      this.list.own.clear();
      this.form.isBusy = false;
    }
  }

  /**
   * @param {string} id
   * @param {{resolution: Resolution, note: string}} decision
   */
  async #one(id, decision) {
    const merged = decision.resolution === "merge" ? this.#merged() : {};
    if (!merged) return;
    this.list.own.add(id);
    await this.api.post(`${ROOT}/${encodeURIComponent(id)}/resolve`, { ...decision, ...merged });
    this.toasts.say(t("desk.done", { how: howWords(decision.resolution) }));
    this.#leave([id]);
  }

  /** What the merge changes; null where it cannot be sent. */
  #merged() {
    const { kase, diff } = this.view;
    const { merged, wrong } = mergedOf(kase?.payload ?? {}, diff.chosen);
    diff.wrong = wrong;
    if (wrong.length) this.form.error = t("desk.merge_wrong", { fields: wrong.map(fieldWords).join(", ") });
    else if (!Object.keys(merged).length) this.form.error = t("desk.merge_same");
    else return { merged };
    diff.focusResult(wrong);
    return null;
  }

  /** @param {{resolution: Resolution, note: string}} decision */
  async #many(decision) {
    const lines = this.list.queue.pickedLines;
    const ids = lines.map(({ conflict_id }) => conflict_id);
    for (const id of ids) this.list.own.add(id);
    const { settled, refused } = await this.api.post(`${ROOT}/resolve`, { conflict_ids: ids, ...decision });
    const names = new Map(lines.map((line) => [line.conflict_id, `${itemOf(line)}, ${line.rack_id}`]));
    this.list.queue.picked.clear();
    for (const refusal of refused) if (refusal.code === "already_settled") this.list.fade(refusal.conflict_id, settledOf(refusal));
    this.#leave(settled.map((/** @type {{conflict_id: string}} */ { conflict_id }) => conflict_id));
    this.#tellOutcome(settled.length, refused.map((/** @type {Record<string, any>} */ refusal) => `${names.get(refusal["conflict_id"])}: ${whyNot(refusal)}`));
  }

  /**
   * @param {number} n
   * @param {string[]} refused
   */
  #tellOutcome(n, refused) {
    const outcome = box(document, "outcome");
    outcome.classList.toggle("notice--warn", refused.length > 0);
    write(outcome, "outcome-text", [tn("desk.done_many", n), refused.length ? tn("desk.refused_many", refused.length) : ""].filter(Boolean).join(" "));
    box(outcome, "outcome-refused").replaceChildren(...refused.map((text) => Object.assign(document.createElement("li"), { textContent: text })));
    outcome.hidden = false;
    outcome.focus({ preventScroll: true });
  }

  /**
   * A colleague was first; or our own answer got lost on its way.
   * @param {string} id
   * @param {Record<string, any>} facts
   */
  #wasFirst(id, facts) {
    this.list.fade(id, settledOf(facts));
    this.view.tellFirst(settledOf(facts));
    this.ask();
  }

  /** @param {string[]} ids */
  #leave(ids) {
    this.form.choose(null);
    this.list.remove(ids);
    this.list.dispatchEvent(new Event("left"));
  }
}

/** @param {Record<string, any>} refusal */
function whyNot(refusal) {
  if (refusal["code"] !== "already_settled") return String(refusal["detail"]);
  const { name, resolution } = settledOf(refusal);
  return t("desk.settled_by", { name, how: howWords(resolution) });
}
