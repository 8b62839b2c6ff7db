// @ts-check
/** What is entered on the card goes to disk: by Save, by a step, by the next scan, by a run of serials. */
import { scanEvent } from "../../core/scan-events.js";
import { number, t } from "../../core/texts.js";

/** @import { Item } from "../../core/types.js" */
/** @import { ScanCode } from "../../core/scan-code.js" */
/** @import { Found } from "./finding.js" */
/** @import { Taking } from "./taking.js" */

export class Saving {
  /** What the open card is of, where it is not on disk yet. @type {Found | null} */
  fresh = null;

  /**
   * @param {Taking} taking
   * @param {AbortSignal} signal
   */
  constructor(taking, signal) {
    const { scanning, card, counts } = taking;
    this.taking = taking;
    this.scanning = scanning;
    this.card = card;
    this.counts = counts;
    card.addEventListener("save", () => scanning.next(() => this.save()), { signal });
    card.addEventListener("step", (event) => {
      const { by } = /** @type {CustomEvent} */ (event).detail;
      scanning.next(() => this.#step(by));
    }, { signal });
  }

  /** The next code came while a card is open: save what is not saved, so that scanning on loses nothing. */
  async putAway() {
    const { item, entryId, isDirty } = this.card;
    if (!item || (entryId && !isDirty)) return true;
    if (entryId || this.card.pad.input.value.trim() !== "") return this.save();
    if (!this.fresh?.caseCode) return this.#leave(item);
    this.scanning.say(t("card.finish_first", { item: item.item_name || item.item_code }), "wrong");
    this.card.focusQuantity();
    return false;
  }

  /** Nothing was entered, so nothing is counted; the scan that follows is. @param {Item} item */
  #leave(item) {
    this.scanning.shell.toasts.say(t("card.left", { item: item.item_name || item.item_code }), "warn");
    this.taking.close();
    return true;
  }

  /**
   * On disk first; only then the screen says saved.
   * @returns {Promise<boolean>}
   */
  async save() {
    const { item, entryId, isDirty } = this.card;
    if (!item) return false;
    if (!entryId || isDirty) {
      const entered = await this.#entered();
      if (!entered) return false;
      const { qty, details } = entered;
      if (entryId) await this.counts.edit(entryId, qty, details);
      else await this.#addTyped(item, qty, details);
      this.scanning.say(t("card.saved", { n: number(qty), item: item.item_name || item.item_code }));
    }
    this.taking.close();
    return true;
  }

  /** Whether a code belongs to the run of serial numbers that is on. @param {ScanCode} code */
  takesSerial({ candidates, gs1 }) {
    const { item, isRun } = this.card;
    if (!item || !isRun) return false;
    const own = [item.item_code, item.barcode];
    const isItem = candidates.some((code) => own.includes(code));
    return isItem ? Boolean(gs1?.serial) : !gs1?.gtin;
  }

  /**
   * One more of a run of serial numbers: one more piece.
   * @param {string} serial
   * @returns {Promise<boolean>}
   */
  async addSerial(serial) {
    const { item } = this.card;
    if (!item || (this.card.isDirty && !(await this.#keepEntered()))) return false;
    if (await this.isDouble(serial)) return false;
    const event = scanEvent({ by: "scan", qty: 1, serials: [serial] });
    const { entryId } = this.card;
    const entry = (entryId && (await this.counts.append(entryId, event))) || (await this.counts.add(item, event));
    this.taking.openLive(entry, item);
    this.scanning.say(t("scan.serial", { serial, n: number(entry.record.serial_numbers.length) }));
    return true;
  }

  /**
   * Whether a serial number is in a count of this device already; says so.
   * @param {string} serial
   * @param {string} [besides]
   */
  async isDouble(serial, besides) {
    const holder = await this.counts.holderOf(serial, besides);
    if (!holder) return false;
    this.scanning.say(t("scan.double_serial", { serial, item: holder.item_name || holder.record.item_code }), "wrong");
    return true;
  }

  /** What was entered, if all of it can be kept. */
  async #entered() {
    const entered = this.card.read();
    if (!entered) this.scanning.shell.sounds.play("wrong");
    for (const serial of entered?.details.serial_numbers ?? []) {
      if (!(await this.isDouble(serial, this.card.entryId ?? undefined))) continue;
      this.card.refuse(t("card.counted_serial", { serial }));
      return null;
    }
    return entered;
  }

  /** Save what was entered without closing the card. */
  async #keepEntered() {
    const { item } = this.card;
    if (this.card.pad.input.value.trim() === "") return true; // only the run was switched on
    if (!item || !(await this.save())) return false;
    const [last] = (await this.counts.all()).filter(({ record }) => record.item_code === item.item_code).slice(-1);
    if (last) this.taking.openLive(last, item);
    this.card.run(true);
    return true;
  }

  /**
   * @param {Item} item
   * @param {number} qty
   * @param {import("../../core/counts.js").Details} details
   */
  async #addTyped(item, qty, details) {
    const { caseCode = null, flag = null } = this.fresh ?? {};
    const serials = details.serial_numbers?.length ? { serials: details.serial_numbers } : {};
    if (caseCode && qty > 0) await this.taking.finding.keepPack(caseCode, qty);
    const event = scanEvent({ by: "typed", qty, ...serials, ...(caseCode && qty > 1 && { pack: qty }) });
    await this.counts.add(item, event, { ...details, ...(flag && { flag }) });
  }

  /** @param {number} by */
  async #step(by) {
    const { entryId, item } = this.card;
    if (!entryId || !item) return;
    const entry = await this.counts.append(entryId, scanEvent({ by: "step", qty: by }));
    if (entry) this.taking.openLive(entry, item);
  }
}
