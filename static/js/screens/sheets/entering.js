// @ts-check
/** A filled sheet comes back: read, judged line by line, and sent as any batch under the session of who enters it. */
import { readSheet, recordsOf } from "../../core/sheet-file.js";
import { number, t, tn } from "../../core/texts.js";
import { box, part, tell, write } from "../../elements/parts.js";
import { wordsOf } from "../problems.js";

/** @import { Bad, Filled } from "../../core/sheet-file.js" */
/** @import { BatchAnswer, Claim, Sheet } from "../../core/types.js" */
/** @import { Shell } from "../shell.js" */

/** So many records the server takes at a time. */
const BATCH = 500;
const SHOWN = 20;

export class Entering {
  /** @type {Filled[]} */
  #filled = [];

  /**
   * @param {Pick<Shell, "api">} shell
   * @param {Sheet} sheet
   * @param {string} device
   */
  constructor({ api }, sheet, device) {
    this.api = api;
    this.sheet = sheet;
    this.device = device;
    this.file = part(document, "file", HTMLInputElement);
    this.save = part(document, "save", HTMLButtonElement);
    this.save.textContent = t("sheet.save", { rack: sheet.rack_id });
    box(document, "enter").hidden = false;
    this.file.addEventListener("change", () => void this.#read());
    part(document, "enter-form", HTMLFormElement).addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#save();
    });
  }

  async #read() {
    const file = this.file.files?.[0];
    box(document, "outcome").hidden = true;
    if (!file) return;
    const { filled, empty, bad, hasColumns } = readSheet(await file.text(), this.sheet.sheet_id);
    const words = hasColumns ? bad.slice(0, SHOWN).map(wordsOfBad) : [t("sheet.bad.columns")];
    if (hasColumns && !bad.length && !filled.length) words.push(t("sheet.bad.none"));
    this.#filled = filled;
    tell(document, "read", hasColumns ? t("sheet.read", { n: number(filled.length), empty: number(empty) }) : null);
    box(document, "bad").replaceChildren(...words.map(entry));
    this.save.disabled = words.length > 0;
  }

  async #save() {
    this.save.disabled = true;
    try {
      const sessionId = await this.#session();
      const now = new Date(this.file.files?.[0]?.lastModified ?? Date.now()); // the same file says the same
      const records = recordsOf(this.sheet, this.#filled, { sessionId, deviceId: this.device, now });
      let [saved, parked] = [0, 0];
      for (let i = 0; i < records.length; i += BATCH) {
        /** @type {BatchAnswer} */
        const answer = await this.api.post("/api/sync/batch", { records: records.slice(i, i + BATCH), batch_id: `${this.sheet.sheet_id}-${i}` });
        saved += answer.ok.length;
        parked += answer.conflicts.length + answer.errors.length;
      }
      const words = [tn("sheet.saved", saved, { n: number(saved) }), parked ? tn("sheet.parked", parked, { n: number(parked) }) : ""];
      this.#told(words.filter(Boolean).join(" "), parked ? "warn" : "");
    } catch (error) {
      this.#told(wordsOf(error), "bad");
      this.save.disabled = false;
    }
  }

  /** The session at this rack: one that is open here already, or a fresh claim. @returns {Promise<string>} */
  async #session() {
    const { rack_id, floor } = this.sheet;
    const { racks } = await this.api.get("/api/racks/user/active");
    const mine = racks.find((/** @type {{rack_id: string}} */ rack) => rack.rack_id === rack_id);
    if (mine) return mine.session_id;
    /** @type {Claim} */
    const claim = await this.api.post(`/api/racks/${encodeURIComponent(rack_id)}/claim`, { floor, device_id: this.device });
    return claim.session_id;
  }

  /**
   * @param {string} text
   * @param {"" | "warn" | "bad"} tone
   */
  #told(text, tone) {
    const outcome = box(document, "outcome");
    outcome.hidden = false;
    outcome.className = tone ? `notice notice--${tone}` : "notice";
    write(outcome, "outcome-text", text);
    box(outcome, "go-count").hidden = tone === "bad";
  }
}

/** @param {Bad} bad */
function wordsOfBad({ line, why, id = "" }) {
  return t("sheet.bad", { line: number(line), why: t(`sheet.bad.${why}`, { id }) });
}

/** @param {string} text */
function entry(text) {
  const item = document.createElement("li");
  item.textContent = text;
  return item;
}
