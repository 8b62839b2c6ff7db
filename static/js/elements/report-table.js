// @ts-check
/** A table of a report's rows; a row of groups leads to its records. */
import { t } from "../core/texts.js";
import { recordsBehind } from "../core/report-query.js";
import { cellText, isFigure, nameOf } from "./report-words.js";

/** @import { Cell, Column, Query } from "../core/report-query.js" */

const SERIAL = "serial_number";

/**
 * Fill a table.
 * @param {HTMLTableElement} table
 * @param {{columns: Column[], rows: Cell[][]}} answer
 * @param {Query} [query]   of grouped rows: their first cell leads to the records
 */
export function fillTable(table, { columns, rows }, query) {
  const head = document.createElement("tr");
  head.append(...columns.map(headCell));
  const body = rows.map((row) => bodyRow(columns, row, query));
  table.tHead?.replaceChildren(head);
  table.tBodies[0]?.replaceChildren(...body);
}

/** @param {Column} column */
function headCell(column) {
  const cell = document.createElement("th");
  cell.scope = "col";
  cell.textContent = nameOf(column);
  cell.classList.toggle("figure", isFigure(column));
  return cell;
}

/**
 * @param {Column[]} columns
 * @param {Cell[]} row
 * @param {Query} [query]
 */
function bodyRow(columns, row, query) {
  const element = document.createElement("tr");
  const behind = query ? recordsBehind(query, row) : null;
  columns.forEach((column, at) => {
    const cell = document.createElement("td");
    const text = cellText(row[at], column.type);
    if (behind && at === 0) cell.append(recordsLink(text, behind));
    else if (column.name === SERIAL && row[at]) cell.append(trailLink(text));
    else cell.textContent = text;
    cell.classList.toggle("figure", isFigure(column));
    element.append(cell);
  });
  return element;
}

/**
 * @param {string} text
 * @param {Query} query
 */
function recordsLink(text, query) {
  const link = document.createElement("a");
  link.href = askLink(query);
  link.textContent = text;
  link.title = t("reports.show_records");
  return link;
}

/** @param {string} serial */
function trailLink(serial) {
  const link = document.createElement("a");
  link.href = serialLink(serial);
  link.textContent = serial;
  link.title = t("serial.trail");
  return link;
}

/**
 * The address of a serial number's trail.
 * @param {string} serial
 */
export function serialLink(serial) {
  return `#serial=${encodeURIComponent(JSON.stringify(serial))}`;
}

/**
 * The address of the builder with a query.
 * @param {Query} query
 */
export function askLink(query) {
  return `#ask=${encodeURIComponent(JSON.stringify(query))}`;
}
