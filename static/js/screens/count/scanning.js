// @ts-check
/** Code → item → quantity → outbox. Scans are taken one after another, so that none overtakes or is lost. */
import { Catalogue } from "../../core/catalogue.js";
import { number, t } from "../../core/texts.js";
import { CountCard } from "../../elements/count-card.js";
import { ScanBox } from "../../elements/scan-box.js";
import { wordsOf } from "../problems.js";
import { Keys } from "./keys.js";

/** @import { Item } from "../../core/types.js" */
/** @import { Shell } from "../shell.js" */
/** @import { Session } from "./session.js" */

export class Scanning {
  /** @type {"open" | "paused" | "lost"} */
  #state = "open";
  /** @type {Promise<void>} */
  #line = Promise.resolve();
  #search = new AbortController();

  /**
   * @param {Shell} shell
   * @param {Session} session
   * @param {AbortSignal} signal
   */
  constructor(shell, session, signal) {
    this.shell = shell;
    this.session = session;
    this.catalogue = new Catalogue(shell.db, shell.api);
    this.scanBox = /** @type {ScanBox} */ (document.querySelector("scan-box"));
    this.card = /** @type {CountCard} */ (document.querySelector("count-card"));
    this.keys = new Keys(this.scanBox, (code) => this.#next(() => this.#scanned(code, false)), signal);
    /** @type {(type: string, act: (detail: any) => void) => void} */
    const on = (type, act) =>
      this.scanBox.addEventListener(type, (event) => act(/** @type {CustomEvent} */ (event).detail), { signal });
    on("scan", ({ code }) => this.#next(() => this.#scanned(code, true)));
    on("pick", ({ item }) => this.#next(() => this.#picked(item)));
    on("search", ({ text }) => void this.#find(text));
    this.card.addEventListener("save", () => this.#next(async () => void (await this.#save())), { signal });
    this.card.addEventListener("close", () => this.#close(), { signal });
  }

  start() {
    this.scanBox.rackId = this.session.rack_id;
    this.scanBox.clear();
    this.card.close();
    if (this.#state === "open") this.scanBox.ready();
    this.catalogue.prepare(this.session.floor, this.session.rack_id).catch(() => {});
  }

  close() {
    this.#search.abort();
    this.card.close();
  }

  /** @param {"open" | "paused" | "lost"} state */
  set state(state) {
    this.#state = state;
    this.scanBox.disabled = state !== "open";
  }

  /** @param {() => Promise<void>} act */
  #next(act) {
    this.#line = this.#line.then(act).catch((error) => this.shell.toasts.say(wordsOf(error), "bad"));
  }

  /**
   * @param {string} code
   * @param {boolean} typed  by a person, who may have meant a search
   */
  async #scanned(code, typed) {
    if (!this.#isOpen()) return;
    const { item: open } = this.card;
    if (open && (open.item_code === code || open.barcode === code)) {
      this.scanBox.clear();
      return this.card.addOne();
    }
    if (!(await this.#putAway())) return;
    const found = await this.catalogue.find(code);
    if (typed && found?.unknown && (await this.#find(code))) return;
    if (!found) this.scanBox.note(t("scan.unchecked", { code }), "warn");
    await this.#open(found ?? { item_code: code, item_name: "", unknown: true }, typed ? null : 1, !found);
  }

  /** @param {Item} item */
  async #picked(item) {
    if (this.#isOpen() && (await this.#putAway())) await this.#open(item, null, false);
  }

  /**
   * @param {Item} item
   * @param {number | null} quantity  a scan is one piece; who types also types how many
   * @param {boolean} unchecked
   */
  async #open(item, quantity, unchecked) {
    this.scanBox.clear();
    const before = await this.shell.ledger.countedOf(this.session.session_id, item.item_code);
    this.card.open(item, { quantity, before, flag: this.#flagOf(item, unchecked) });
    this.card.focusQuantity();
    this.card.scrollIntoView({ block: "nearest" });
  }

  /**
   * @param {Item} item
   * @param {boolean} unchecked
   */
  #flagOf({ unknown, floor, rack }, unchecked) {
    if (unchecked) return t("card.unchecked");
    if (unknown) return t("card.unknown");
    const elsewhere = rack && rack !== this.session.rack_id;
    return elsewhere ? t("card.elsewhere", { floor: floor ?? "", rack }) : null;
  }

  /** The next code came while a card is open: save it, so that scanning on loses nothing. */
  async #putAway() {
    const { item } = this.card;
    if (!item) return true;
    if (this.card.pad.input.value.trim() === "") {
      this.scanBox.note(t("card.finish_first", { item: item.item_name || item.item_code }), "warn");
      this.card.focusQuantity();
      return false;
    }
    return this.#save();
  }

  /** On disk first; only then the screen says saved. */
  async #save() {
    const { item } = this.card;
    const entered = item && this.card.read();
    if (!item || !entered) return false;
    const { session_id, rack_id, floor } = this.session;
    const { item_code, uom = null, mrp = null, category = null } = item;
    await this.shell.outbox.add({
      session_id, rack_id, floor, item_code, uom, mrp, category,
      verified_qty: entered.qty,
      damage_qty: entered.damage,
      serial_numbers: entered.serials,
      status: "finalized",
    }, item.item_name);
    this.scanBox.note(t("card.saved", { n: number(entered.qty), item: item.item_name || item_code }));
    this.#close();
    return true;
  }

  #close() {
    this.card.close();
    if (this.#state === "open") this.scanBox.ready();
  }

  /**
   * @param {string} text
   * @returns {Promise<boolean>} whether anything was found
   */
  async #find(text) {
    this.#search.abort();
    this.#search = new AbortController();
    const { signal } = this.#search;
    const hits = await this.catalogue.search(text, signal).catch(() => null);
    if (!hits || signal.aborted) return false;
    this.scanBox.hits = hits;
    return hits.length > 0;
  }

  #isOpen() {
    if (this.#state === "open") return true;
    this.shell.toasts.say(t(this.#state === "paused" ? "scan.paused" : "scan.lost"), "warn");
    return false;
  }
}
