// @ts-check
/** What became of a record, in the order of time: counted, stored, parked, decided. */
import { number, t } from "../core/texts.js";
import { howWords, iconOf, momentWords, typeWords } from "./desk-words.js";
import { box, clone, draw, tell, write } from "./parts.js";

/** @import { Case, Conflict } from "../core/types.js" */

/** @typedef {{at: string, icon: string, text: string, more?: string | undefined}} Step */

class ConflictHistory extends HTMLElement {
  /** @param {Case} kase */
  show(kase) {
    const steps = stepsOf(kase).sort((a, b) => Date.parse(a.at) - Date.parse(b.at));
    box(this, "steps").replaceChildren(...steps.map(itemOf));
  }
}

/** @param {Case} kase @returns {Step[]} */
function stepsOf(kase) {
  const { payload, name, history, others } = kase;
  const sent = { at: payload["updated_at"], icon: "scan", text: t("history.sent", { name, qty: number(payload["verified_qty"]) }) };
  return [
    { ...sent, more: moreOf(payload) },
    ...history.map((version) => stored(version, version["user_id"] === kase.user_id ? name : version["username"])),
    ...parked(kase, t("history.parked", { type: typeWords(kase.conflict_type) })),
    ...others.flatMap((other) => parked(other, t("history.other", { type: typeWords(other.conflict_type) }))),
  ];
}

/**
 * @param {Record<string, any>} version
 * @param {string} name
 * @returns {Step}
 */
function stored(version, name) {
  const facts = { rev: version["rev"], qty: number(version["verified_qty"]), name };
  const lease = t("history.more.fence", { rack: version["rack_id"], pass: version["pass"], fence: version["fence"] });
  return { at: version["received_at"], icon: "check", text: t("history.rev", facts), more: [moreOf(version), lease].filter(Boolean).join(" · ") };
}

/**
 * @param {Conflict} conflict
 * @param {string} text
 * @returns {Step[]}
 */
function parked({ created_at, conflict_type, settled_at, settled_by, settled_by_name, resolution, note }, text) {
  /** @type {Step[]} */
  const steps = [{ at: created_at, icon: iconOf(conflict_type), text }];
  if (!settled_at) return steps;
  const decided = { name: settled_by_name ?? settled_by ?? "", how: howWords(resolution), note: note ?? "" };
  return [...steps, { at: settled_at, icon: "user", text: t("history.decided", decided) }];
}

/** @param {Record<string, any>} count */
function moreOf({ damage_qty: damaged, serial_numbers: serials }) {
  const words = [
    damaged ? t("history.more.damaged", { n: damaged }) : "",
    serials?.length ? t("history.more.serials", { serials: serials.join(", ") }) : "",
  ];
  return words.filter(Boolean).join(" · ");
}

/** @param {Step} step */
function itemOf({ at, icon, text, more }) {
  const item = clone("history-step");
  draw(item, "icon", icon);
  write(item, "at", momentWords(at));
  write(item, "text", text);
  tell(item, "more", more);
  return item;
}

customElements.define("conflict-history", ConflictHistory);
export { ConflictHistory };
