// @ts-check
/** Tables of what two snapshots differ in: the totals, and row by row with both sides. */
import { number, t, tryText } from "../core/texts.js";
import { clone, write } from "./parts.js";
import { fillTable } from "./report-table.js";
import { cellText, isFigure, nameOf } from "./report-words.js";

/** @import { Cell, Column } from "../core/report-query.js" */
/** @typedef {{column: string, label: string, before: number, after: number, difference: number, percent: number | null, trend: string}} Total */
/** @typedef {{change: string, before: Cell[] | null, after: Cell[] | null, fields: string[]}} Difference */

/**
 * @param {HTMLTableElement} table
 * @param {Total[]} totals
 */
export function fillTotals(table, totals) {
  table.tBodies[0]?.replaceChildren(...totals.map((total) => {
    const row = clone("total");
    write(row, "column", total.column === "rows" ? t("reports.rows_total") : nameOf({ name: total.column, label: total.label }));
    write(row, "before", number(total.before));
    write(row, "after", number(total.after));
    write(row, "difference", `${total.difference > 0 ? "+" : ""}${number(total.difference)}`);
    write(row, "percent", total.percent === null ? "–" : `${number(Math.round(total.percent * 100) / 100)} %`);
    row.dataset["trend"] = total.trend;
    write(row, "trend", tryText(`trend.${total.trend}`) ?? total.trend);
    return row;
  }));
}

/**
 * @param {HTMLTableElement} table
 * @param {Column[]} columns
 * @param {Difference[]} rows
 */
export function fillDifferences(table, columns, rows) {
  fillTable(table, { columns, rows: [] });
  const kind = document.createElement("th");
  kind.scope = "col";
  kind.textContent = t("reports.change");
  table.tHead?.rows[0]?.prepend(kind);
  table.tBodies[0]?.replaceChildren(...rows.map((row) => differenceRow(columns, row)));
}

/**
 * @param {Column[]} columns
 * @param {Difference} difference
 */
function differenceRow(columns, { change, before, after, fields }) {
  const row = document.createElement("tr");
  row.dataset["change"] = change;
  const kind = document.createElement("td");
  kind.textContent = tryText(`change.${change}`) ?? change;
  row.append(kind, ...columns.map((column, at) => {
    const cell = document.createElement("td");
    cell.classList.toggle("figure", isFigure(column));
    const now = cellText((after ?? before ?? [])[at], column.type);
    if (!fields.includes(column.name)) cell.textContent = now;
    else {
      const [old, fresh] = [document.createElement("del"), document.createElement("ins")];
      old.textContent = cellText(before?.[at], column.type);
      fresh.textContent = now;
      cell.append(old, " ", fresh);
    }
    return cell;
  }));
  return row;
}
