// @ts-check
/** The builder: collection, columns or groups, filters, order; the first rows at once; keep them as a snapshot. */
import { operatorsOf, typedOf, valueOf } from "../../core/report-query.js";
import { number, t, tryText } from "../../core/texts.js";
import { box, clone, part, tell } from "../../elements/parts.js";
import { fillTable } from "../../elements/report-table.js";
import { nameOf } from "../../elements/report-words.js";
import { wordsOf } from "../problems.js";
import { addSchedule } from "./schedule-dialog.js";

/** @import { Field, Filter, Group, Measure, Query, Source } from "../../core/report-query.js" */
/** @import { Desk } from "../reports.js" */

const PREVIEWED = 50;
const WAIT_MS = 250;
const NUMBERS = ["number", "integer"];

/**
 * @param {HTMLElement} section
 * @param {Desk} desk
 */
export function openAsk(section, { api, mayKeep, toasts }) {
  const form = part(section, "form", HTMLFormElement);
  const collection = part(form, "collection", HTMLSelectElement);
  const sort = part(form, "sort", HTMLSelectElement);
  const keep = part(section, "keep", HTMLFormElement);
  /** @type {Source[]} */
  let sources = [];
  /** @type {Query | undefined} */
  let wanted;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  let turn = 0;

  keep.hidden = !mayKeep;
  collection.addEventListener("change", () => draw({ collection: collection.value }));
  form.addEventListener("input", () => later());
  form.addEventListener("submit", (event) => event.preventDefault());
  part(form, "add-filter", HTMLButtonElement).addEventListener("click", () => addRow("filters", filterRow()));
  part(form, "add-group", HTMLButtonElement).addEventListener("click", () => addRow("groups", groupRow()));
  part(form, "add-measure", HTMLButtonElement).addEventListener("click", () => addRow("measures", measureRow()));
  keep.addEventListener("submit", (event) => {
    event.preventDefault();
    void keepIt();
  });
  part(keep, "repeat", HTMLButtonElement).addEventListener("click", () => void repeatIt());
  void api.get("/api/reports/collections").then((/** @type {{collections: Source[]}} */ told) => {
    sources = told.collections;
    collection.replaceChildren(...sources.map(({ name, label }) => option(name, tryText(`source.${name}`) ?? label)));
    draw(wanted ?? { collection: "count_lines" });
  }).catch((error) => tell(section, "problem", wordsOf(error)));

  return (/** @type {Query | string | undefined} */ query) => {
    if (typeof query !== "object") return;
    wanted = query;
    if (sources.length) draw(query);
  };

  /** @returns {Source} */
  function source() {
    return /** @type {Source} */ (sources.find(({ name }) => name === collection.value) ?? sources[0]);
  }

  /** Show a query in the form. @param {Query} query */
  function draw(query) {
    collection.value = query.collection;
    const chosen = query.columns?.length ? query.columns : source().shown;
    box(form, "columns").replaceChildren(...source().fields.map((field) => tick(field, chosen.includes(field.name))));
    box(form, "filters").replaceChildren(...(query.filters ?? []).map(filterRow));
    box(form, "groups").replaceChildren(...(query.groups ?? []).map(groupRow));
    box(form, "measures").replaceChildren(...(query.measures ?? []).map(measureRow));
    const [first] = query.sort ?? [];
    sorts(first ? `${first.descending ? "-" : "+"}${first.column}` : "");
    void look();
  }

  function later() {
    clearTimeout(timer);
    timer = setTimeout(() => void look(), WAIT_MS);
  }

  /** Ask for the first rows; an answer that was overtaken is not shown. */
  async function look() {
    const query = read();
    const mine = ++turn;
    box(form, "columns-box").hidden = isGrouped(query);
    try {
      const answer = await api.post("/api/reports/query/preview", { query, rows: PREVIEWED });
      if (mine !== turn) return;
      tell(section, "problem", "");
      sorts(sort.value, answer.columns);
      fillTable(part(section, "table", HTMLTableElement), answer, query);
      box(section, "none").hidden = answer.rows.length > 0;
      const total = answer.total === null ? t("reports.many_rows") : t("reports.rows", { n: answer.total });
      tell(section, "state", `${total} · ${number(Math.round(answer.took_ms))} ms`);
      tell(section, "part", answer.complete ? "" : t("reports.part_only", { n: answer.examined }));
    } catch (error) {
      if (mine === turn) tell(section, "problem", wordsOf(error));
    }
  }

  /** The query that the form says; a filter that is not finished is left out. */
  function read() {
    const { fields, name } = source();
    const of = (/** @type {string} */ wish) => fields.find((field) => field.name === wish);
    const filters = rows("filters").flatMap((row) => {
      const field = of(part(row, "field", HTMLSelectElement).value);
      const op = part(row, "op", HTMLSelectElement).value;
      const value = field && valueOf(part(row, "value", HTMLInputElement).value, field, op);
      return field && value !== undefined ? [{ field: field.name, op, value }] : [];
    });
    const groups = rows("groups").map((row) => {
      const field = part(row, "field", HTMLSelectElement).value;
      const span = part(row, "bucket", HTMLSelectElement);
      span.hidden = of(field)?.type !== "time";
      return { field, bucket: span.hidden ? null : span.value || null };
    });
    const measures = rows("measures").map((row) => {
      const measure = part(row, "measure", HTMLSelectElement).value;
      const field = part(row, "field", HTMLSelectElement);
      field.hidden = measure === "count";
      return measure === "count" ? { measure } : { measure, field: field.value };
    });
    /** @type {Query} */
    const query = { collection: name, filters };
    if (groups.length || measures.length) Object.assign(query, { groups, measures: measures.length ? measures : [{ measure: "count" }] });
    else query.columns = [...form.querySelectorAll("[name=column]:checked")].map((box) => /** @type {HTMLInputElement} */ (box).value);
    if (sort.value) query.sort = [{ column: sort.value.slice(1), descending: sort.value.startsWith("-") }];
    return query;
  }

  async function keepIt() {
    const data = new FormData(keep);
    const tags = String(data.get("tags") ?? "").split(",").map((tag) => tag.trim()).filter(Boolean);
    try {
      const kept = await api.post("/api/reports/snapshots", { name: data.get("name"), tags, query: read() });
      keep.reset();
      toasts.say(t("reports.kept_now", { name: kept.name, n: kept.summary.rows }), "good");
      location.hash = "#kept";
    } catch (error) {
      tell(section, "problem", wordsOf(error));
    }
  }

  async function repeatIt() {
    try {
      if (!await addSchedule(api, read(), String(new FormData(keep).get("name") ?? ""))) return;
      keep.reset();
      toasts.say(t("schedules.added"), "good");
      location.hash = "#schedules";
    } catch (error) {
      tell(section, "problem", wordsOf(error));
    }
  }

  // ── rows of the form ──────────────────────────────────────────────────────────────────────────

  /** @param {string} name */
  function rows(name) {
    return /** @type {HTMLElement[]} */ ([...box(form, name).children]);
  }

  /**
   * @param {string} name
   * @param {HTMLElement} row
   */
  function addRow(name, row) {
    box(form, name).append(row);
    row.querySelector("select")?.focus();
    later();
  }

  /** @param {string} name @param {(field: Field) => boolean} [fits] */
  function row(name, fits = () => true) {
    const element = clone(name);
    const select = part(element, "field", HTMLSelectElement);
    select.replaceChildren(...source().fields.filter(fits).map((field) => option(field.name, nameOf(field))));
    part(element, "remove", HTMLButtonElement).addEventListener("click", () => {
      element.remove();
      later();
    });
    return { element, select };
  }

  /** @param {Filter} [filter] */
  function filterRow(filter) {
    const { element, select } = row("filter");
    const op = part(element, "op", HTMLSelectElement);
    const value = part(element, "value", HTMLInputElement);
    const offer = () => {
      const field = source().fields.find(({ name }) => name === select.value);
      if (!field) return;
      op.replaceChildren(...operatorsOf(field).map((each) => option(each, tryText(`op.${each}`) ?? each)));
    };
    if (filter) select.value = filter.field;
    offer();
    if (filter) op.value = filter.op;
    if (filter) value.value = typedOf(filter.value);
    select.addEventListener("change", offer);
    return element;
  }

  /** @param {Group} [group] */
  function groupRow(group) {
    const { element, select } = row("group", (field) => !field.is_list);
    if (group) select.value = group.field;
    part(element, "bucket", HTMLSelectElement).value = group?.bucket ?? "";
    return element;
  }

  /** @param {Measure} [measure] */
  function measureRow(measure) {
    const { element, select } = row("measure", ({ type }) => NUMBERS.includes(type) || type === "time" || type === "text");
    if (measure) part(element, "measure", HTMLSelectElement).value = measure.measure;
    if (measure?.field) select.value = measure.field;
    return element;
  }

  /** Offer the columns to sort by. @param {string} chosen @param {{name: string, label: string}[]} [columns] */
  function sorts(chosen, columns = source().fields) {
    const known = columns.some(({ name }) => name === chosen.slice(1)) ? columns : [...columns, ...source().fields.filter(({ name }) => name === chosen.slice(1))];
    sort.replaceChildren(option("", t("reports.unsorted")), ...known.flatMap((column) => [
      option(`+${column.name}`, t("reports.rising", { column: nameOf(column) })),
      option(`-${column.name}`, t("reports.falling", { column: nameOf(column) })),
    ]));
    sort.value = chosen;
    if (sort.value !== chosen) sort.value = "";
  }
}

/** @param {Query} query */
function isGrouped({ groups, measures }) {
  return !!(groups?.length || measures?.length);
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
