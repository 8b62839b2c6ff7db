// @ts-check
/** Which column of the file says what, and how the file is meant. Event: `change`. */
import { t } from "../core/texts.js";
import { FIELDS, fieldName, localMoment } from "./import-words.js";
import { box, clone, part, write } from "./parts.js";

/** @import { ImportWish, ItemImport } from "../core/import-flow.js" */

export class ImportColumns extends EventTarget {
  /** @param {HTMLElement} root */
  constructor(root) {
    super();
    this.root = root;
    this.stockAt = part(root, "stock-at", HTMLInputElement);
    this.whole = part(root, "whole", HTMLInputElement);
    this.fields = box(root, "fields");
    for (const place of [this.fields, box(root, "options")]) {
      place.addEventListener("change", () => this.dispatchEvent(new Event("change")));
    }
  }

  /** @returns {ImportWish} */
  get wish() {
    const chosen = [...this.fields.querySelectorAll("select")].filter((select) => select.value);
    return {
      mapping: Object.fromEntries(chosen.map((select) => [select.name, select.value])),
      whole: this.whole.checked,
      stock_at: new Date(this.stockAt.value || Date.now()).toISOString(),
    };
  }

  /** @param {ItemImport} told */
  set import(told) {
    const mapping = told.mapping ?? {};
    this.whole.checked = told.whole;
    this.stockAt.value = localMoment(told.stock_at);
    this.stockAt.max = localMoment(Date.now());
    if (!this.fields.contains(document.activeElement)) {
      this.fields.replaceChildren(...FIELDS.map((field) => this.#field(field, told)));
    }
    for (const select of this.fields.querySelectorAll("select")) {
      select.value = mapping[select.name] ?? "";
      const column = told.columns.find(({ name }) => name === select.value);
      const samples = select.parentElement ?? this.fields;
      write(samples, "samples", column?.samples.join(" · ") ?? "");
      select.setAttribute("aria-invalid", String(select.name === "item_code" && !select.value));
    }
    const facts = { n: Object.keys(mapping).length, all: FIELDS.length };
    write(this.root, "columns-sum", t("import.columns_sum", facts));
    if (!mapping.item_code) part(this.root, "columns", HTMLDetailsElement).open = true;
  }

  /**
   * @param {string} name
   * @param {ItemImport} told
   */
  #field(name, told) {
    const field = clone("import-field");
    const select = /** @type {HTMLSelectElement} */ (field.querySelector("select"));
    const label = /** @type {HTMLLabelElement} */ (field.querySelector("label"));
    select.name = name;
    select.id = `column-${name}`;
    label.htmlFor = select.id;
    label.textContent = fieldName(name);
    select.append(new Option(t("import.not_said"), ""), ...told.columns.map((c) => new Option(c.name, c.name)));
    return field;
  }
}
