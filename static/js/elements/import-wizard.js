// @ts-check
/** From a file to the catalogue: choose, look, take over, take back. It shows what its flow says. */
import { number, t, tn } from "../core/texts.js";
import { ImportColumns } from "./import-columns.js";
import { drawEnd, ENDED } from "./import-end.js";
import { ImportRows } from "./import-rows.js";
import { box, part, tell, write } from "./parts.js";

/** @import { ImportFlow, ItemImport } from "../core/import-flow.js" */

export class ImportWizard extends HTMLElement {
  /** @type {(title: {title: string, body: string, yes: string}) => Promise<boolean>} */
  ask = () => Promise.resolve(false);
  /** @type {(error: unknown) => string} */
  wordsOf = String;
  #shown = "";

  /** @param {ImportFlow} flow */
  start(flow) {
    this.flow = flow;
    this.columns = new ImportColumns(this);
    this.rows = new ImportRows(this, flow, (error) => this.#refuse(error));
    flow.addEventListener("change", () => this.#draw());
    flow.addEventListener("error", (event) => this.#refuse(/** @type {CustomEvent} */ (event).detail.error));
    this.columns.addEventListener("change", () => this.columns && void flow.understand(this.columns.wish));
    this.#takeFiles(flow);
    box(this, "commit").addEventListener("click", () => void this.#commit(flow));
    box(this, "undo").addEventListener("click", () => void this.#undo(flow));
    box(this, "stop").addEventListener("click", () => void flow.stop());
    box(this, "go-on").addEventListener("click", () => void flow.goOn());
    for (const name of ["other", "again"]) box(this, name).addEventListener("click", () => this.#leave(flow));
    this.#draw();
  }

  /** @param {ImportFlow} flow */
  #takeFiles(flow) {
    const input = part(this, "file", HTMLInputElement);
    const drop = box(this, "drop");
    const take = (/** @type {File | undefined} */ file) => {
      tell(this, "error", null);
      if (file) void flow.upload(file, new Date(Math.min(file.lastModified, Date.now())).toISOString());
    };
    input.addEventListener("change", () => {
      take(input.files?.[0]);
      input.value = "";
    });
    drop.addEventListener("dragover", (event) => {
      event.preventDefault();
      drop.dataset.over = "";
    });
    drop.addEventListener("dragleave", () => delete drop.dataset.over);
    drop.addEventListener("drop", (event) => {
      event.preventDefault();
      delete drop.dataset.over;
      take(event.dataTransfer?.files[0]);
    });
  }

  #draw() {
    const flow = /** @type {ImportFlow} */ (this.flow);
    const told = flow.current;
    const state = flow.isSending ? "uploading" : (told?.state ?? "choose");
    const isRead = Boolean(told?.columns.length) && ["preview", "reading"].includes(state);
    this.dataset.state = state;
    box(this, "choose").hidden = !["choose", "failed"].includes(state);
    box(this, "work").hidden = !flow.isAtWork;
    box(this, "shown").hidden = !isRead;
    box(this, "end").hidden = !ENDED.includes(state);
    if (flow.isAtWork) this.#drawWork(state, told);
    if (state === "failed") tell(this, "error", told?.error?.detail);
    const step = `${told?.import_id} ${state}`;
    if (!told || step === this.#shown) return;
    this.#shown = step;
    if (state !== "failed") tell(this, "error", null);
    if (state === "preview") this.#drawPreview(told);
    drawEnd(this, told);
  }

  /**
   * @param {string} state
   * @param {ItemImport | null} told
   */
  #drawWork(state, told) {
    /** @type {Record<string, string>} */
    const texts = {
      uploading: t("import.uploading"), reading: t("import.reading"), running: t("import.running"),
      undoing: t("import.undoing"),
    };
    write(this, "work-text", texts[state] ?? "");
    box(this, "stop").hidden = state === "uploading";
    const bar = part(this, "progress", HTMLProgressElement);
    if (told && told.total && state !== "uploading" && state !== "reading") {
      bar.max = told.total;
      bar.value = told.done;
      write(this, "work-sum", t("import.sum", { done: told.done, total: told.total }));
    } else {
      bar.removeAttribute("value");
      write(this, "work-sum", told?.done ? t("import.rows_read", { n: told.done }) : "");
    }
  }

  /** @param {ItemImport} told */
  #drawPreview(told) {
    if (this.columns) this.columns.import = told;
    void this.rows?.refresh();
    write(this, "name", told.file_name);
    const { same = 0, ...counts } = told.counts;
    tell(this, "same", same ? tn("import.same", same) : null);
    const n = (counts.new ?? 0) + (counts.changed ?? 0) + (counts.gone ?? 0);
    const hasCode = Boolean(told.mapping?.item_code);
    write(this, "promise", hasCode ? t("import.promise") : t("import.no_code"));
    write(this, "commit", n ? tn("import.commit", n) : t("import.nothing"));
    part(this, "commit", HTMLButtonElement).disabled = !n;
  }

  /** @param {ImportFlow} flow */
  async #commit(flow) {
    const gone = flow.current?.counts.gone ?? 0;
    const words = { title: t("import.gone_ask", { n: number(gone) }), body: t("import.gone_body"), yes: t("import.gone_yes") };
    if (gone && !(await this.ask(words))) return;
    await flow.commit();
  }

  /** @param {ImportFlow} flow */
  async #undo(flow) {
    const words = { title: t("import.undo_ask"), body: t("import.undo_body"), yes: t("import.undo") };
    if (await this.ask(words)) await flow.undo();
  }

  /** @param {ImportFlow} flow */
  #leave(flow) {
    flow.leave();
    this.#shown = "";
    tell(this, "error", null);
    part(this, "file", HTMLInputElement).focus();
  }

  /** @param {unknown} error */
  #refuse(error) {
    tell(this, "error", this.wordsOf(error));
  }
}

customElements.define("import-wizard", ImportWizard);
