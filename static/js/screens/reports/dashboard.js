// @ts-check
/** The dashboard: figures of the open stocktake, each with its table and the way to its records. */
import { ReportChart } from "../../elements/report-chart.js";
import { seriesOf } from "../../core/report-query.js";
import { number, t, tryText } from "../../core/texts.js";
import { box, clone, part, tell, write } from "../../elements/parts.js";
import { askLink, fillTable } from "../../elements/report-table.js";
import { wordsOf } from "../problems.js";

/** @import { Cell, Column, Query } from "../../core/report-query.js" */
/** @import { ChartData } from "../../elements/report-chart.js" */
/** @import { Desk } from "../reports.js" */
/** @typedef {{report_id: string, title: string, kind: string, query: Query}} ReadyMade */
/** @typedef {{columns: Column[], rows: Cell[][], complete: boolean, examined: number | null}} Answer */

const MOST_ROWS = 200;
const SETTLED = ["agreed", "approved", "rejected"];
const HEAT_STEPS = 4;

/** @type {Record<string, (answer: Answer) => ChartData>} */
const CHARTS = {
  progress: ({ rows }) => progress(rows),
  variance_by_value: ({ rows }) => bars(rows, 0, 2),
  top_discrepancies: ({ rows }) => bars(rows, 1, 4),
  damage_trend: ({ rows }) => overTime(rows.map(([at, , damaged]) => [at ?? null, "", damaged ?? null])),
  pace: ({ rows }) => overTime(rows.map(([at, who, , pieces]) => [at ?? null, who ?? null, pieces ?? null])),
};

/**
 * @param {HTMLElement} section
 * @param {Desk} desk
 */
export function openDashboard(section, { api }) {
  part(section, "again", HTMLButtonElement).addEventListener("click", () => void load());
  void load();
  return () => {};

  async function load() {
    tell(section, "problem", "");
    try {
      const { reports } = /** @type {{reports: ReadyMade[]}} */ (await api.get("/api/reports/ready-made"));
      box(section, "ready").replaceChildren(...reports.filter(({ kind }) => kind === "report").map(readyCard));
      const figures = reports.filter(({ kind }) => kind === "dashboard");
      const cards = figures.map(figureCard);
      box(section, "figures").replaceChildren(...cards);
      await Promise.all(figures.map((report, at) => fill(/** @type {HTMLElement} */ (cards[at]), report)));
    } catch (error) {
      tell(section, "problem", wordsOf(error));
    }
  }

  /**
   * @param {HTMLElement} card
   * @param {ReadyMade} report
   */
  async function fill(card, { report_id: id, query }) {
    const answer = /** @type {Answer} */ (await api.post("/api/reports/query/preview", { query, rows: MOST_ROWS }));
    fillTable(part(card, "table", HTMLTableElement), answer, query);
    tell(card, "part", answer.complete ? "" : t("reports.part_only", { n: answer.examined ?? 0 }));
    box(card, "none").hidden = answer.rows.length > 0;
    const draw = CHARTS[id];
    const chart = part(card, "chart", ReportChart);
    chart.hidden = !draw || answer.rows.length === 0;
    if (draw && answer.rows.length) chart.data = draw(answer);
    if (draw && answer.rows.length) legend(card, draw(answer));
    if (id === "heat") box(card, "heat").replaceChildren(...heat(answer.rows, query));
  }
}

/** @param {ReadyMade} report */
function readyCard({ report_id: id, title, query }) {
  const card = clone("ready");
  card.setAttribute("href", askLink(query));
  write(card, "title", tryText(`ready.${id}`) ?? title);
  write(card, "about", tryText(`ready.${id}.about`) ?? "");
  return card;
}

/** @param {ReadyMade} report */
function figureCard({ report_id: id, title, query }) {
  const card = clone("figure");
  card.dataset["figure"] = id;
  write(card, "title", tryText(`ready.${id}`) ?? title);
  part(card, "ask", HTMLAnchorElement).href = askLink(query);
  return card;
}

/**
 * @param {HTMLElement} card
 * @param {ChartData} data
 */
function legend(card, { series }) {
  const items = series.length < 2 ? [] : series.map(({ name }, at) => {
    const item = document.createElement("li");
    item.dataset["tone"] = String(at % 6);
    item.textContent = name;
    return item;
  });
  box(card, "legend").replaceChildren(...items);
}

/**
 * Per cent settled and counted, by floor.
 * @param {Cell[][]} rows   floor, status, lines
 * @returns {ChartData}
 */
function progress(rows) {
  const names = [...new Set(rows.map(([floor]) => String(floor ?? "–")))];
  const share = (/** @type {string} */ floor, /** @type {(status: string) => boolean} */ counts) => {
    const mine = rows.filter(([name]) => String(name ?? "–") === floor);
    const sum = (/** @type {Cell[][]} */ some) => some.reduce((total, [, , n]) => total + Number(n), 0);
    return Math.round((sum(mine.filter(([, status]) => counts(String(status)))) / sum(mine)) * 1000) / 10;
  };
  return { names, series: [
    { name: t("reports.counted_percent"), figures: names.map((floor) => share(floor, (status) => status !== "uncounted")) },
    { name: t("reports.settled_percent"), figures: names.map((floor) => share(floor, (status) => SETTLED.includes(status))) },
  ] };
}

/**
 * @param {Cell[][]} rows
 * @param {number} name
 * @param {number} figure
 * @returns {ChartData}
 */
function bars(rows, name, figure) {
  return { names: rows.map((row) => String(row[name] ?? "–")), series: [{ name: "", figures: rows.map((row) => Number(row[figure])) }] };
}

/**
 * @param {Cell[][]} rows   time, name, figure
 * @returns {ChartData}
 */
function overTime(rows) {
  const { xs, names, figures } = seriesOf(rows.filter(([at]) => at !== null), { x: 0, name: 1, figure: 2 });
  const times = xs.map((at) => Date.parse(String(at)) / 1000);
  return { names: [], times, series: names.map((name, at) => ({ name, figures: figures[at] ?? [] })) };
}

/**
 * Racks by what is at stake, floor by floor.
 * @param {Cell[][]} rows   floor, rack, lines, variance, at stake
 * @param {Query} query
 */
function heat(rows, query) {
  const most = Math.max(1, ...rows.map((row) => Number(row[4])));
  const floors = [...new Set(rows.map(([floor]) => String(floor)))];
  return floors.map((floor) => {
    const row = clone("heat-floor");
    write(row, "floor", floor);
    const tiles = rows.filter(([name]) => String(name) === floor).map((each) => heatTile(each, most, query));
    box(row, "racks").replaceChildren(...tiles);
    return row;
  });
}

/**
 * @param {Cell[]} row
 * @param {number} most
 * @param {Query} query
 */
function heatTile(row, most, query) {
  const tile = document.createElement("a");
  const stake = Number(row[4]);
  tile.dataset["heat"] = String(Math.ceil((stake / most) * HEAT_STEPS));
  tile.textContent = String(row[1]);
  tile.title = number(stake);
  const filters = [...(query.filters ?? []), { field: "rack_id", op: "eq", value: row[1] ?? null }];
  tile.href = askLink({ collection: query.collection, filters, sort: [{ column: "rank", descending: true }] });
  return tile;
}
