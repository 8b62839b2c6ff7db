// @ts-check
/** Columns, cells and filters of reports in words. */
import { dayAndTime, number, t, tryText } from "../core/texts.js";

/** @import { Cell, Column, ColumnType } from "../core/report-query.js" */

const FIGURE = /^(sum|avg|min|max|distinct)_(.+)$/;
const SPAN = /^(.+)_(hour|day|week|month|year)$/;

/**
 * What a field or a column of an answer is called.
 * @param {{name: string, label: string}} column
 * @returns {string}
 */
export function nameOf({ name, label }) {
  if (name === "count") return t("reports.records");
  const own = tryText(`field.${name}`);
  if (own) return own;
  const [, measure, field] = FIGURE.exec(name) ?? [];
  if (measure && field) return tryText(`measure.of.${measure}`, { field: nameOf({ name: field, label: field }) }) ?? label;
  const [, timed, span] = SPAN.exec(name) ?? [];
  if (timed && span) return `${nameOf({ name: timed, label: timed })}, ${tryText(`bucket.${span}`) ?? span}`;
  return label;
}

/**
 * @param {Cell | undefined} cell
 * @param {ColumnType} type
 */
export function cellText(cell, type) {
  if (cell === null || cell === undefined) return "–";
  if (type === "time") return dayAndTime(String(cell));
  if (typeof cell === "boolean") return t(cell ? "reports.yes" : "reports.no");
  return typeof cell === "number" ? number(cell) : cell;
}

/** @param {Column} column */
export function isFigure({ type }) {
  return type === "number" || type === "integer";
}
