// @ts-check
/** The end of a rack: what was counted, how long it took, and what is still unsynced or in conflict. */
import { duration, number, t, tn } from "../../core/texts.js";
import { box, write } from "../../elements/parts.js";

/** @import { Progress } from "../../core/types.js" */
/** @import { Desk } from "./desk.js" */
/** @import { Session } from "./session.js" */

/** @type {AbortController | undefined} */
let watching;

/**
 * @param {Desk} desk
 * @param {Session} session
 * @param {{progress: Progress | null, seconds: number, pace: number | null}} facts
 */
export function showDone(desk, session, { progress, seconds, pace }) {
  watching?.abort();
  watching = new AbortController();
  const { items, pieces, records } = progress ?? { items: 0, pieces: 0, records: 0 };
  write(document, "done-title", t("finish.done", { rack: session.rack_id }));
  write(document, "done-summary", progress ? t("finish.summary", { items, pieces, records }) : "");
  const words = [t("finish.time", { span: duration(Math.max(60, seconds)) })];
  if (pace !== null) words.push(t("finish.pace", { n: number(pace) }));
  write(document, "done-time", words.join(" · "));
  for (const source of [desk.outbox, desk.photos]) {
    source.addEventListener("change", () => void showOpen(desk), { signal: watching.signal });
  }
  void showOpen(desk);
  box(document, "done-title").focus();
}

/** Whatever this device still owes the server, of this rack or another. @param {Desk} desk */
async function showOpen({ ledger, photos }) {
  const [{ waiting, parked }, pictures] = await Promise.all([ledger.tally(), photos.waiting()]);
  const words = [];
  if (waiting) words.push(tn("finish.left.waiting", waiting));
  if (pictures) words.push(tn("finish.photos", pictures));
  if (parked) words.push(tn("conflicts.open", parked));
  const place = box(document, "done-left");
  place.dataset["tone"] = words.length ? "warn" : "good";
  box(place, "done-open").replaceChildren(...(words.length ? words : [t("finish.left.none")]).map(line));
}

/** @param {string} text */
function line(text) {
  const item = document.createElement("li");
  item.textContent = text;
  return item;
}
