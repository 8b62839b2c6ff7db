// @ts-check
/** A recount of some items: they are named, and each is ticked off once this device has a count of it. */
import { t, tn } from "../../core/texts.js";
import { box, clone, draw, write } from "../../elements/parts.js";

/** @import { Desk } from "./desk.js" */
/** @import { Session } from "./session.js" */

/** A burst of scans is one look at the store. */
const SETTLE_MS = 150;

/**
 * @param {HTMLElement} root
 * @param {Desk} desk
 * @param {Session} session
 * @param {AbortSignal} signal
 */
export async function showOnly(root, desk, session, signal) {
  const codes = session.recount_items ?? [];
  box(root, "only").hidden = codes.length === 0;
  if (codes.length === 0) return;
  write(root, "only-title", tn("only.title", codes.length));
  const items = await Promise.all(codes.map((code) => desk.catalogue.near(code).catch(() => null)));
  const rows = codes.map((code, i) => {
    const row = clone("only-item");
    write(row, "code", code);
    write(row, "name", items[i]?.item_name ?? "");
    return row;
  });
  box(root, "only-items").replaceChildren(...rows);
  const tick = () => void tickOff(root, desk, session, codes, rows);
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  const soon = () => {
    clearTimeout(timer);
    timer = setTimeout(tick, SETTLE_MS);
  };
  desk.outbox.addEventListener("change", soon, { signal });
  signal.addEventListener("abort", () => clearTimeout(timer));
  tick();
}

/**
 * @param {HTMLElement} root
 * @param {Desk} desk
 * @param {Session} session
 * @param {string[]} codes
 * @param {HTMLElement[]} rows
 */
async function tickOff(root, { ledger }, session, codes, rows) {
  const counts = await ledger.all(session.session_id);
  const done = new Set(counts.filter(({ record, state }) => !record.voided && state !== "parked").map(({ record }) => record.item_code));
  rows.forEach((row, i) => {
    const isDone = done.has(codes[i] ?? "");
    row.toggleAttribute("data-done", isDone);
    draw(row, "mark", isDone ? "check" : "free");
    write(row, "said", isDone ? t("only.counted") : "");
  });
  const left = codes.filter((code) => !done.has(code)).length;
  write(root, "only-left", left ? tn("only.left", left) : t("only.done"));
}
