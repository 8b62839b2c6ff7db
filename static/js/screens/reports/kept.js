// @ts-check
/** What was kept: snapshots with tags, their rows, refreshed and removed; and two of them compared. */
import { dayAndTime, number, t, tryText } from "../../core/texts.js";
import { box, clone, part, tell, write } from "../../elements/parts.js";
import { fillTable } from "../../elements/report-table.js";
import { cellText, isFigure, nameOf } from "../../elements/report-words.js";
import { wordsOf } from "../problems.js";

/** @import { Cell, Column } from "../../core/report-query.js" */
/** @import { Desk } from "../reports.js" */
/** @typedef {{snapshot_id: string, name: string, note: string, type: string, tags: string[], columns: Column[], created_by_name: string, created_at: string, refresh_of: string | null, summary: {rows: number}}} Snapshot */
/** @typedef {{column: string, label: string, before: number, after: number, difference: number, percent: number | null, trend: string}} Total */
/** @typedef {{job_id: string, status: string, error: string | null, counts: Record<string, number>, totals: Total[], columns: Column[]}} Job */
/** @typedef {{change: string, before: Cell[] | null, after: Cell[] | null, fields: string[]}} Difference */

const ASK_EVERY_MS = 700;
const FILES = ["csv", "xlsx", "pdf", "parquet", "json", "ndjson"];
const CHANGES = ["changed", "added", "removed", "unchanged"];

/**
 * @param {HTMLElement} section
 * @param {Desk} desk
 */
export function openKept(section, { api, mayKeep }) {
  const list = box(section, "list");
  const compare = part(section, "compare", HTMLButtonElement);
  const shown = box(section, "shown");
  /** @type {string[]} */
  let picked = [];
  /** @type {string | null} */
  let next = null;
  let tag = "";

  part(section, "more", HTMLButtonElement).addEventListener("click", () => void load(next));
  part(section, "all-tags", HTMLButtonElement).addEventListener("click", () => choose(""));
  compare.addEventListener("click", () => void act(compareThem));
  return () => void act(() => load(null));

  /** @param {() => Promise<void>} work */
  async function act(work) {
    tell(section, "problem", "");
    try {
      await work();
    } catch (error) {
      tell(section, "problem", wordsOf(error));
    }
  }

  /** @param {string} wanted */
  function choose(wanted) {
    tag = wanted;
    void act(() => load(null));
  }

  /** @param {string | null} cursor */
  async function load(cursor) {
    const asked = new URLSearchParams({ limit: "20", ...(tag ? { tag } : {}), ...(cursor ? { cursor } : {}) });
    const page = await api.get(`/api/reports/snapshots?${asked}`);
    if (!cursor) list.replaceChildren(), (picked = []);
    list.append(...page.snapshots.map(snapshotRow));
    next = page.next_cursor;
    box(section, "more").hidden = !next;
    box(section, "none").hidden = list.childElementCount > 0;
    box(section, "all-tags").hidden = !tag;
    offer();
  }

  function offer() {
    compare.disabled = picked.length !== 2;
  }

  /** @param {Snapshot} snapshot */
  function snapshotRow(snapshot) {
    const { snapshot_id: id, name, type, created_at: at, created_by_name: who, summary } = snapshot;
    const row = clone("snapshot");
    row.dataset["id"] = id;
    write(row, "name", name);
    write(row, "when", `${dayAndTime(at)} · ${who}`);
    write(row, "rows", t("reports.rows", { n: summary.rows }));
    write(row, "type", tryText(`snapshot.${type}`) ?? type);
    box(row, "tags").append(...snapshot.tags.map(tagButton));
    const pick = part(row, "pick", HTMLInputElement);
    pick.setAttribute("aria-label", t("reports.pick", { name }));
    pick.addEventListener("change", () => {
      picked = pick.checked ? [...picked, id] : picked.filter((each) => each !== id);
      offer();
    });
    part(row, "open", HTMLButtonElement).addEventListener("click", () => void act(() => showRows(snapshot, null)));
    for (const [part_, work] of /** @type {[string, () => Promise<unknown>][]} */ ([
      ["refresh", () => api.post(`/api/reports/snapshots/${id}/refresh`)],
      ["forget", () => api.remove(`/api/reports/snapshots/${id}`)],
    ])) {
      const button = part(row, part_, HTMLButtonElement);
      button.hidden = !mayKeep;
      button.addEventListener("click", () => void act(async () => {
        button.disabled = true;
        await work();
        shown.replaceChildren();
        await load(null);
      }));
    }
    return row;
  }

  /** @param {string} name */
  function tagButton(name) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "tag tag--pick";
    button.textContent = name;
    button.addEventListener("click", () => choose(name));
    return button;
  }

  /** @param {Snapshot} snapshot @param {string | null} cursor */
  async function showRows(snapshot, cursor) {
    const page = await api.get(`/api/reports/snapshots/${snapshot.snapshot_id}/rows?limit=100${cursor ? `&cursor=${cursor}` : ""}`);
    const view = clone("rows");
    write(view, "title", snapshot.name);
    write(view, "state", t("reports.rows_from", { first: page.first, last: page.first + page.rows.length - 1, n: snapshot.summary.rows }));
    fillTable(part(view, "table", HTMLTableElement), page);
    box(view, "files").append(...FILES.map((format) => fileLink(snapshot.snapshot_id, format)));
    const more = part(view, "next", HTMLButtonElement);
    more.hidden = !page.next_cursor;
    more.addEventListener("click", () => void act(() => showRows(snapshot, page.next_cursor)));
    show(view);
  }

  /** The one that was taken earlier stands first: the list has the newest on top. */
  async function compareThem() {
    const [later, earlier] = ids().filter((id) => picked.includes(id));
    let job = /** @type {Job} */ (await api.post("/api/reports/compare", { snapshot_a_id: earlier, snapshot_b_id: later }));
    const view = clone("comparison");
    show(view);
    while (["queued", "running"].includes(job.status)) {
      write(view, "state", tryText(`job.${job.status}`) ?? job.status);
      await new Promise((done) => setTimeout(done, ASK_EVERY_MS));
      job = await api.get(`/api/reports/compare/${job.job_id}`);
    }
    write(view, "state", job.status === "done" ? "" : (job.error ?? job.status));
    if (job.status === "done") await showComparison(view, job, "", null);
  }

  /** As they stand in the list. */
  function ids() {
    return [...list.children].map((row) => /** @type {HTMLElement} */ (row).dataset["id"] ?? "");
  }

  /**
   * @param {HTMLElement} view
   * @param {Job} job
   * @param {string} change
   * @param {string | null} cursor
   */
  async function showComparison(view, job, change, cursor) {
    const asked = new URLSearchParams({ limit: "100", ...(change ? { change } : {}), ...(cursor ? { cursor } : {}) });
    const page = await api.get(`/api/reports/compare/${job.job_id}/rows?${asked}`);
    box(view, "counts").replaceChildren(...CHANGES.map((each) => countButton(each, job.counts[each] ?? 0, each === change, () =>
      void act(() => showComparison(view, job, each === change || each === "unchanged" ? "" : each, null)))));
    fillTotals(part(view, "totals", HTMLTableElement), job.totals);
    fillDifferences(part(view, "table", HTMLTableElement), page.columns, page.rows);
    const more = part(view, "next", HTMLButtonElement);
    more.hidden = !page.next_cursor;
    more.onclick = () => void act(() => showComparison(view, job, change, page.next_cursor));
  }

  /** @param {HTMLElement} view */
  function show(view) {
    shown.replaceChildren(view);
    const title = view.querySelector("h3");
    if (title instanceof HTMLElement) title.focus();
    view.scrollIntoView({ block: "nearest" });
  }
}

/**
 * @param {string} id
 * @param {string} format
 */
function fileLink(id, format) {
  const link = document.createElement("a");
  link.className = "button button--plain";
  link.href = `/api/reports/snapshots/${id}/export?format=${format}`;
  link.download = "";
  link.textContent = format.toUpperCase();
  return link;
}

/**
 * @param {string} change
 * @param {number} n
 * @param {boolean} isPressed
 * @param {() => void} act
 */
function countButton(change, n, isPressed, act) {
  const button = clone("count");
  button.dataset["change"] = change;
  button.setAttribute("aria-pressed", String(isPressed));
  write(button, "n", number(n));
  write(button, "what", tryText(`change.${change}`) ?? change);
  if (change === "unchanged") button.setAttribute("disabled", "");
  button.addEventListener("click", act);
  return button;
}

/**
 * @param {HTMLTableElement} table
 * @param {Total[]} totals
 */
function fillTotals(table, totals) {
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
function fillDifferences(table, columns, rows) {
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
