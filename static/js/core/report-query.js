// @ts-check
/** What the report screen knows of queries: which operators a field has, values, the records behind a figure. */

/** @typedef {"text" | "integer" | "number" | "boolean" | "time"} ColumnType */
/** @typedef {{name: string, label: string, type: ColumnType}} Column */
/** @typedef {Column & {is_list: boolean}} Field */
/** @typedef {{name: string, label: string, key: string[], shown: string[], fields: Field[]}} Source */
/** @typedef {string | number | boolean | null} Cell */
/** @typedef {{field: string, op: string, value: unknown}} Filter */
/** @typedef {{field: string, bucket?: string | null}} Group */
/** @typedef {{measure: string, field?: string | null}} Measure */
/** @typedef {{column: string, descending: boolean}} Sort */
/** @typedef {{collection: string, columns?: string[], filters?: Filter[], groups?: Group[], measures?: Measure[], sort?: Sort[], limit?: number | null}} Query */

const COMMON = ["eq", "ne", "exists"];
const ORDER = ["gt", "gte", "lt", "lte", "between"];
const LISTS = ["in", "nin"];
const SPAN_MS = { hour: 3_600_000, day: 86_400_000, week: 604_800_000 };

/**
 * The operators that a field has.
 * @param {Field} field
 */
export function operatorsOf({ type, is_list: isList }) {
  if (type === "boolean") return COMMON;
  const text = type === "text" ? ["contains"] : [];
  return ["eq", ...text, ...(isList ? [] : ORDER), "ne", ...LISTS, "exists"];
}

/**
 * The value that somebody typed; undefined where it is none. Several are parted by commas.
 * @param {string} typed
 * @param {Field} field
 * @param {string} op
 */
export function valueOf(typed, field, op) {
  if (op === "exists") return typed !== "false";
  if (op !== "between" && !LISTS.includes(op)) return one(typed, field.type);
  const values = typed.split(",").map((each) => one(each, field.type));
  const right = values.length > 0 && (op !== "between" || values.length === 2);
  return right && !values.includes(undefined) ? values : undefined;
}

/**
 * @param {string} typed
 * @param {ColumnType} type
 */
function one(typed, type) {
  const text = typed.trim();
  if (type === "boolean") return text !== "false";
  if (type === "text") return text || undefined;
  if (type === "time") return Number.isNaN(Date.parse(text)) ? undefined : new Date(text).toISOString();
  return text !== "" && Number.isFinite(Number(text)) ? Number(text) : undefined;
}

/**
 * A value as somebody would type it.
 * @param {unknown} value
 */
export function typedOf(value) {
  return Array.isArray(value) ? value.join(", ") : String(value ?? "");
}

/**
 * The records behind a row of groups.
 * @param {Query} query
 * @param {Cell[]} row
 * @returns {Query | null}   null where the row is a record itself
 */
export function recordsBehind(query, row) {
  if (!query.groups?.length) return null;
  const filters = query.groups.flatMap((group, at) => narrowed(group, row[at] ?? null));
  return { collection: query.collection, filters: [...(query.filters ?? []), ...filters] };
}

/**
 * @param {Group} group
 * @param {Cell} value
 * @returns {Filter[]}
 */
function narrowed({ field, bucket }, value) {
  if (value === null) return [{ field, op: "exists", value: false }];
  if (!bucket) return [{ field, op: "eq", value }];
  return [
    { field, op: "gte", value },
    { field, op: "lt", value: endOf(String(value), bucket) },
  ];
}

/**
 * @param {string} start
 * @param {string} bucket
 */
function endOf(start, bucket) {
  const at = new Date(start);
  if (bucket === "month") at.setUTCMonth(at.getUTCMonth() + 1);
  else if (bucket === "year") at.setUTCFullYear(at.getUTCFullYear() + 1);
  else at.setTime(at.getTime() + SPAN_MS[/** @type {keyof typeof SPAN_MS} */ (bucket)]);
  return at.toISOString();
}

/**
 * Rows of [x, name, figure] as one series a name over all x, null where there is nothing.
 * @param {Cell[][]} rows
 * @param {{x: number, name: number, figure: number}} places
 */
export function seriesOf(rows, { x, name, figure }) {
  const xs = [...new Set(rows.map((row) => row[x] ?? null))].sort((a, b) => Number(a) - Number(b) || (String(a) < String(b) ? -1 : 1));
  const names = [...new Set(rows.map((row) => String(row[name] ?? "–")))].sort();
  const found = new Map(rows.map((row) => [`${row[x]}\n${row[name] ?? "–"}`, Number(row[figure])]));
  return { xs, names, figures: names.map((each) => xs.map((at) => found.get(`${at}\n${each}`) ?? null)) };
}
