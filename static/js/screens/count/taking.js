// @ts-check
/**
 * From a code to a count: a scan is saved by itself and its count shown; who types a code also types
 * how many, and saves. A case whose pieces nobody told is asked for once.
 */
import { Counts } from "../../core/counts.js";
import { number, t } from "../../core/texts.js";
import { CountCard } from "../../elements/count-card.js";
import { Finding } from "./finding.js";
import { eventOf, goodsOf, itemOf, outcomeOf } from "./outcome.js";
import { Picturing } from "./picturing.js";
import { Saving } from "./saving.js";

/** @import { Entry, Item, ScanEvent } from "../../core/types.js" */
/** @import { ScanCode } from "../../core/scan-code.js" */
/** @import { Found } from "./finding.js" */
/** @import { Scanning } from "./scanning.js" */

/** @typedef {{by: "scan" | "camera" | "typed", times?: number}} How */

export class Taking {
  /**
   * @param {Scanning} scanning
   * @param {AbortSignal} signal
   */
  constructor(scanning, signal) {
    this.scanning = scanning;
    const { shell, session } = scanning;
    this.counts = new Counts(shell.db, shell.outbox, session);
    this.finding = new Finding(shell.catalogue, shell.db);
    this.card = /** @type {CountCard} */ (document.querySelector("count-card"));
    this.saving = new Saving(this, signal);
    new Picturing(this.card.photos, shell.photos, signal);
    this.card.addEventListener("close", () => this.close(), { signal });
  }

  /**
   * @param {ScanCode} code
   * @param {How} how
   * @returns {Promise<boolean>} whether a scan was put on disk
   */
  async take(code, { by, times = 1 }) {
    if (this.saving.takesSerial(code)) return this.saving.addSerial(code.gs1?.serial ?? code.code);
    if (!(await this.saving.putAway())) return false;
    const found = await this.finding.find(code);
    if (by === "typed" && found.flag && (await this.scanning.find(code.text.trim()))) return false;
    if (by === "typed") this.scanning.scanBox.done(code.text.trim());
    const pieces = code.gs1?.count ?? (found.caseCode ? await this.finding.pack(found.caseCode) : 1);
    if (pieces === null || (by === "typed" && !code.gs1)) {
      await this.openFresh(found);
      return false;
    }
    return this.#scanned(found, code, eventOf(code, pieces, { by, times }));
  }

  /**
   * @param {Found} found
   * @param {ScanCode} code
   * @param {ScanEvent} event
   */
  async #scanned(found, { gs1 }, event) {
    const [serial] = event.serials ?? [];
    if (serial && (await this.saving.isDouble(serial))) return false;
    const entry = await this.counts.add(found.item, event, { ...goodsOf(gs1), ...(found.flag && { flag: found.flag }) });
    this.openLive(entry, found.item);
    const { text, tone } = outcomeOf(found, event, entry.record.verified_qty);
    this.scanning.say(text, tone);
    return true;
  }

  /** An item was picked from a search. @param {Item} item */
  async pick(item) {
    if (!(await this.saving.putAway())) return;
    await this.openFresh({ item, flag: null, caseCode: null });
  }

  /** A row of the list was tapped. @param {string} id */
  async edit(id) {
    if (!(await this.saving.putAway())) return;
    const entry = await this.counts.get(id);
    if (entry) this.openLive(entry, (await this.scanning.shell.catalogue.near(entry.record.item_code)) ?? itemOf(entry));
  }

  /** Take the last act back; where something was only entered, that goes first. */
  async undo() {
    const { item, entryId, isDirty } = this.card;
    if (item && (isDirty || !entryId)) {
      const entry = entryId && (await this.counts.get(entryId));
      if (entry) this.openLive(entry, item);
      else this.close();
      return this.scanning.say(t("undo.entered"), "warn");
    }
    const undone = await this.counts.undo();
    if (!undone) return this.scanning.say(t("undo.nothing"), "warn");
    const { entry, event } = undone;
    this.openLive(entry, item?.item_code === entry.record.item_code ? item : itemOf(entry));
    this.scanning.say(t("undo.done", { n: number(event.qty), item: entry.item_name || entry.record.item_code }), "warn");
  }

  /** An item whose quantity a person will type. @param {Found} found */
  async openFresh(found) {
    const { item, flag, caseCode } = found;
    this.saving.fresh = found;
    const before = await this.scanning.shell.ledger.countedOf(this.scanning.session.session_id, item.item_code);
    this.card.open(item, { before, flag: caseCode ? t("card.case", { code: caseCode }) : this.#flagOf(item, flag) });
    if (flag || caseCode) this.scanning.shell.sounds.play("warn");
    this.card.focusQuantity();
    scrollTo({ top: 0 });
  }

  /**
   * A count that is on disk.
   * @param {Entry} entry
   * @param {Item} [item]  where it is known better than the count tells
   */
  openLive(entry, item = itemOf(entry)) {
    const isRun = this.card.isRun && this.card.item?.item_code === item.item_code;
    this.card.open(item, { entry, flag: this.#flagOf(item, entry.flag ?? null) });
    if (isRun !== this.card.isRun) this.card.run(isRun);
    this.scanning.ready();
    scrollTo({ top: 0 });
  }

  close() {
    this.card.close();
    this.scanning.ready();
  }

  /**
   * @param {Item} item
   * @param {string | null} flag
   */
  #flagOf({ floor, rack }, flag) {
    if (flag) return t(flag === "unknown" ? "card.unknown" : "card.unchecked");
    const elsewhere = rack && rack !== this.scanning.session.rack_id;
    return elsewhere ? t("card.elsewhere", { floor: floor ?? "", rack }) : null;
  }
}
