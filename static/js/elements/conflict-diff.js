// @ts-check
/**
 * Both sides of a conflict side by side, what differs marked and first. While merging, each field has a side to
 * choose and a value to type. Event: `change`.
 */
import { MERGEABLE, same, textOf, valueOf } from "../core/merge.js";
import { t } from "../core/texts.js";
import { fieldWords, marksOf, valueWords } from "./desk-words.js";
import { box, clone, draw, part, write } from "./parts.js";

/** @import { Case } from "../core/types.js" */

const SHOWN = ["item_code", ...MERGEABLE, "status"];
/** What is shown even where both sides say nothing. */
const ALWAYS = ["verified_qty", "damage_qty"];

class ConflictDiff extends HTMLElement {
  /** @type {Case | null} */
  #case = null;
  /** Values of a merge by field. @type {Record<string, any>} */
  chosen = {};

  connectedCallback() {
    this.addEventListener("input", ({ target }) => this.#changed(target));
  }

  /**
   * @param {Case} kase
   * @param {{client: string, server: string}} heads
   */
  show(kase, heads) {
    this.#case = kase;
    write(this, "client-head", heads.client);
    write(this, "server-head", heads.server);
    const marks = marksOf(kase);
    const fields = SHOWN.filter((field) => ALWAYS.includes(field) || isTold(kase, field));
    const sorted = [...fields.filter((f) => marks.has(f)), ...fields.filter((f) => !marks.has(f))];
    box(this, "rows").replaceChildren(...sorted.map((field) => this.#row(field, marks.get(field))));
    this.toggleAttribute("data-lone", kase.server === null);
    this.merging = null;
  }

  /** Begin a merge with these values, or end it. @param {Record<string, any> | null} chosen */
  set merging(chosen) {
    this.chosen = { ...chosen };
    this.toggleAttribute("data-merging", chosen !== null);
    box(this, "result-head").hidden = chosen === null;
    for (const row of this.#rows()) {
      const field = row.dataset["field"] ?? "";
      const isOn = chosen !== null && MERGEABLE.includes(field);
      box(row, "result-cell").hidden = chosen === null;
      part(row, "take-client", HTMLInputElement).hidden = !isOn;
      part(row, "take-server", HTMLInputElement).hidden = !isOn || !this.#isSameRecord;
      const result = resultOf(row);
      result.hidden = !isOn;
      if (result instanceof HTMLInputElement) result.readOnly = field === "evidence_photos";
      if (isOn) this.#write(row, field, chosen[field]);
    }
  }

  /** Whether the other side is the same count: of another one there is nothing to take over. */
  get #isSameRecord() {
    return this.#case?.server?.["client_record_id"] === this.#case?.client_record_id;
  }

  /** Mark the fields whose values cannot be. @param {string[]} fields */
  set wrong(fields) {
    for (const row of this.#rows()) {
      const isWrong = fields.includes(row.dataset["field"] ?? "");
      resultOf(row).setAttribute("aria-invalid", String(isWrong));
    }
  }

  /** The first field of a merge that may be typed, or of these. @param {string[]} [fields] */
  focusResult(fields = []) {
    const rows = this.#rows().filter(({ dataset }) => !fields.length || fields.includes(dataset["field"] ?? ""));
    const result = rows.map(resultOf).find((field) => !field.hidden && !(field instanceof HTMLInputElement && field.readOnly));
    result?.focus();
    if (result instanceof HTMLInputElement) result.select();
  }

  /**
   * @param {string} field
   * @param {{text: string, icon: string}} [mark]  why it stands out
   */
  #row(field, mark) {
    const row = clone("diff-row");
    const { payload, server, name } = /** @type {Case} */ (this.#case);
    row.dataset["field"] = field;
    row.toggleAttribute("data-differs", Boolean(mark));
    box(row, "mark").hidden = !mark;
    write(row, "mark-text", mark?.text ?? "");
    draw(row, "mark-icon", mark?.icon ?? "differs");
    write(row, "field", fieldWords(field));
    this.#value(box(row, "client"), field, payload[field]);
    if (server) this.#value(box(row, "server"), field, server[field]);
    for (const side of ["client", "server"]) {
      const take = part(row, `take-${side}`, HTMLInputElement);
      take.name = `take-${field}`;
      const facts = { name, field: fieldWords(field) };
      take.setAttribute("aria-label", side === "client" ? t("desk.take_client", facts) : t("desk.take_server", facts));
    }
    if (field === "item_condition") resultOf(row).replaceWith(clone("condition-choice"));
    resultOf(row).setAttribute("aria-label", t("desk.result_of", { field: fieldWords(field) }));
    return row;
  }

  /**
   * @param {HTMLElement} place
   * @param {string} field
   * @param {any} value
   */
  #value(place, field, value) {
    if (field !== "serial_numbers" || !value?.length) {
      place.textContent = valueWords(field, value);
      return;
    }
    const held = new Set(this.#case?.serials.map(({ serial_number }) => serial_number));
    place.replaceChildren(...value.map((/** @type {string} */ serial) => serialOf(serial, held.has(serial))));
  }

  /** @param {EventTarget | null} target */
  #changed(target) {
    if (!(target instanceof HTMLInputElement || target instanceof HTMLSelectElement)) return;
    const row = target.closest("tr");
    const field = row?.dataset["field"];
    if (!row || !field) return;
    if (target.type === "radio") {
      const side = target.value === "server" ? this.#case?.server : this.#case?.payload;
      this.chosen[field] = side?.[field] ?? null;
      this.#write(row, field, this.chosen[field]);
    } else {
      this.chosen[field] = valueOf(field, target.value);
      this.#check(row, field);
    }
    this.dispatchEvent(new Event("change"));
  }

  /**
   * @param {HTMLElement} row
   * @param {string} field
   * @param {any} value
   */
  #write(row, field, value) {
    const result = resultOf(row);
    const text = textOf(field, value);
    if (result instanceof HTMLSelectElement && ![...result.options].some((option) => option.value === text)) result.add(new Option(text, text));
    result.value = field === "evidence_photos" ? valueWords(field, value) : text;
    this.#check(row, field);
  }

  /** Which side the value is of. @param {HTMLElement} row @param {string} field */
  #check(row, field) {
    const value = this.chosen[field];
    const { payload, server } = /** @type {Case} */ (this.#case);
    const isClient = value !== undefined && same(payload[field], value);
    part(row, "take-client", HTMLInputElement).checked = isClient;
    part(row, "take-server", HTMLInputElement).checked = !isClient && server !== null && value !== undefined && same(server[field], value);
  }

  #rows() {
    return /** @type {HTMLElement[]} */ ([...box(this, "rows").children]);
  }
}

/** Where the value of a merge is typed or chosen. @param {HTMLElement} row */
function resultOf(row) {
  return /** @type {HTMLInputElement | HTMLSelectElement} */ (box(row, "result"));
}

/**
 * @param {string} text
 * @param {boolean} isHeld  by another count
 */
function serialOf(text, isHeld) {
  const serial = clone("serial");
  serial.textContent = text;
  serial.toggleAttribute("data-held", isHeld);
  return serial;
}

/**
 * @param {Case} kase
 * @param {string} field
 */
function isTold({ payload, server }, field) {
  return valueWords(field, payload[field]) !== "–" || (server !== null && valueWords(field, server[field]) !== "–");
}

customElements.define("conflict-diff", ConflictDiff);
export { ConflictDiff };
