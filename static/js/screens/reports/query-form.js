// @ts-check
/** The form of a query: what a Query says stands in its boxes, and what stands there is a Query. */
import { operatorsOf, typedOf, valueOf } from "../../core/report-query.js";
import { t, tryText } from "../../core/texts.js";
import { box, clone, part } from "../../elements/parts.js";
import { nameOf } from "../../elements/report-words.js";

/** @import { Field, Filter, Group, Measure, Query, Source } from "../../core/report-query.js" */

const MEASURED = ["number", "integer", "time", "text"];

export class QueryForm {
  /** @type {Source[]} */
  #sources = [];
  #form;
  #collection;
  #sort;
  #changed;

  /**
   * @param {HTMLFormElement} form
   * @param {() => void} changed after each change by a person
   */
  constructor(form, changed) {
    this.#form = form;
    this.#changed = changed;
    this.#collection = part(form, "collection", HTMLSelectElement);
    this.#sort = part(form, "sort", HTMLSelectElement);
    this.#collection.addEventListener("change", () => this.draw({ collection: this.#collection.value }));
    form.addEventListener("input", changed);
    form.addEventListener("submit", (event) => event.preventDefault());
    this.#adds("filter", () => this.#filterRow());
    this.#adds("group", () => this.#groupRow());
    this.#adds("measure", () => this.#measureRow());
  }

  /** What can be asked; nothing can be drawn before that is known. @param {Source[]} sources */
  offer(sources) {
    this.#sources = sources;
    this.#collection.replaceChildren(...sources.map(({ name, label }) => option(name, tryText(`source.${name}`) ?? label)));
  }

  get isReady() {
    return this.#sources.length > 0;
  }

  /** Show a query. @param {Query} query */
  draw(query) {
    this.#collection.value = query.collection;
    const chosen = query.columns?.length ? query.columns : this.#source.shown;
    this.#fill("columns", this.#source.fields.map((field) => tick(field, chosen.includes(field.name))));
    this.#fill("filters", (query.filters ?? []).map((filter) => this.#filterRow(filter)));
    this.#fill("groups", (query.groups ?? []).map((group) => this.#groupRow(group)));
    this.#fill("measures", (query.measures ?? []).map((measure) => this.#measureRow(measure)));
    const [first] = query.sort ?? [];
    this.#offerOrders(first ? `${first.descending ? "-" : "+"}${first.column}` : "", this.#source.fields);
    this.#changed();
  }

  /** The query that the form says; a filter that is not finished is left out. */
  read() {
    const filters = this.#rows("filters").flatMap((row) => this.#filterOf(row));
    const groups = this.#rows("groups").map((row) => this.#groupOf(row));
    const measures = this.#rows("measures").map((row) => measureOf(row));
    /** @type {Query} */
    const query = { collection: this.#source.name, filters };
    const isGrouped = groups.length > 0 || measures.length > 0;
    box(this.#form, "columns-box").hidden = isGrouped;
    if (isGrouped) Object.assign(query, { groups, measures: measures.length ? measures : [{ measure: "count" }] });
    else query.columns = [...this.#form.querySelectorAll("[name=column]:checked")].map((each) => /** @type {HTMLInputElement} */ (each).value);
    const order = this.#sort.value;
    if (order) query.sort = [{ column: order.slice(1), descending: order.startsWith("-") }];
    return query;
  }

  /** Offer these columns to sort by, beside the one that is chosen. @param {{name: string, label: string}[]} columns */
  sortBy(columns) {
    this.#offerOrders(this.#sort.value, columns);
  }

  /** @returns {Source} */
  get #source() {
    return /** @type {Source} */ (this.#sources.find(({ name }) => name === this.#collection.value) ?? this.#sources[0]);
  }

  /** @param {string} name */
  #field(name) {
    return this.#source.fields.find((field) => field.name === name);
  }

  // ── rows ──────────────────────────────────────────────────────────────────────────────────────

  /** @param {string} name */
  #rows(name) {
    return /** @type {HTMLElement[]} */ ([...box(this.#form, name).children]);
  }

  /** @param {string} name @param {HTMLElement[]} rows */
  #fill(name, rows) {
    box(this.#form, name).replaceChildren(...rows);
  }

  /** A button adds a row. @param {string} kind @param {() => HTMLElement} make */
  #adds(kind, make) {
    part(this.#form, `add-${kind}`, HTMLButtonElement).addEventListener("click", () => {
      const row = make();
      box(this.#form, `${kind}s`).append(row);
      row.querySelector("select")?.focus();
      this.#changed();
    });
  }

  /** @param {string} name @param {(field: Field) => boolean} [fits] */
  #row(name, fits = () => true) {
    const element = clone(name);
    const select = part(element, "field", HTMLSelectElement);
    select.replaceChildren(...this.#source.fields.filter(fits).map((field) => option(field.name, nameOf(field))));
    part(element, "remove", HTMLButtonElement).addEventListener("click", () => {
      element.remove();
      this.#changed();
    });
    return { element, select };
  }

  /** @param {Filter} [filter] */
  #filterRow(filter) {
    const { element, select } = this.#row("filter");
    const op = part(element, "op", HTMLSelectElement);
    const offer = () => {
      const field = this.#field(select.value);
      if (field) op.replaceChildren(...operatorsOf(field).map((each) => option(each, tryText(`op.${each}`) ?? each)));
    };
    if (filter) select.value = filter.field;
    offer();
    if (filter) op.value = filter.op;
    if (filter) part(element, "value", HTMLInputElement).value = typedOf(filter.value);
    select.addEventListener("change", offer);
    return element;
  }

  /** @param {HTMLElement} row */
  #filterOf(row) {
    const field = this.#field(part(row, "field", HTMLSelectElement).value);
    const op = part(row, "op", HTMLSelectElement).value;
    const value = field && valueOf(part(row, "value", HTMLInputElement).value, field, op);
    return field && value !== undefined ? [{ field: field.name, op, value }] : [];
  }

  /** @param {Group} [group] */
  #groupRow(group) {
    const { element, select } = this.#row("group", (field) => !field.is_list);
    if (group) select.value = group.field;
    part(element, "bucket", HTMLSelectElement).value = group?.bucket ?? "";
    return element;
  }

  /** Only times fall into spans. @param {HTMLElement} row */
  #groupOf(row) {
    const field = part(row, "field", HTMLSelectElement).value;
    const span = part(row, "bucket", HTMLSelectElement);
    span.hidden = this.#field(field)?.type !== "time";
    return { field, bucket: span.hidden ? null : span.value || null };
  }

  /** @param {Measure} [measure] */
  #measureRow(measure) {
    const { element, select } = this.#row("measure", ({ type }) => MEASURED.includes(type));
    if (measure) part(element, "measure", HTMLSelectElement).value = measure.measure;
    if (measure?.field) select.value = measure.field;
    return element;
  }

  /** @param {string} chosen @param {{name: string, label: string}[]} columns */
  #offerOrders(chosen, columns) {
    const isAmong = columns.some(({ name }) => name === chosen.slice(1));
    const known = isAmong ? columns : [...columns, ...this.#source.fields.filter(({ name }) => name === chosen.slice(1))];
    this.#sort.replaceChildren(option("", t("reports.unsorted")), ...known.flatMap((column) => [
      option(`+${column.name}`, t("reports.rising", { column: nameOf(column) })),
      option(`-${column.name}`, t("reports.falling", { column: nameOf(column) })),
    ]));
    this.#sort.value = chosen;
    if (this.#sort.value !== chosen) this.#sort.value = "";
  }
}

/** To count takes no field. @param {HTMLElement} row */
function measureOf(row) {
  const measure = part(row, "measure", HTMLSelectElement).value;
  const field = part(row, "field", HTMLSelectElement);
  field.hidden = measure === "count";
  return measure === "count" ? { measure } : { measure, field: field.value };
}

/**
 * @param {string} value
 * @param {string} text
 */
function option(value, text) {
  return new Option(text, value);
}

/**
 * @param {Field} field
 * @param {boolean} isChosen
 */
function tick(field, isChosen) {
  const element = clone("tick");
  const input = part(element, "box", HTMLInputElement);
  input.value = field.name;
  input.checked = isChosen;
  part(element, "name", HTMLElement).textContent = nameOf(field);
  return element;
}
