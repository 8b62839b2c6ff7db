// @ts-check
/** The builder: a query asked as it is built, its first rows at once; keep them, or have it repeated. */
import { number, t } from "../../core/texts.js";
import { box, part, tell } from "../../elements/parts.js";
import { fillTable } from "../../elements/report-table.js";
import { wordsOf } from "../problems.js";
import { QueryForm } from "./query-form.js";
import { addSchedule } from "./schedule-dialog.js";

/** @import { Query, Source } from "../../core/report-query.js" */
/** @import { Desk } from "../reports.js" */

const PREVIEWED = 50;
const WAIT_MS = 250;

/**
 * @param {HTMLElement} section
 * @param {Desk} desk
 */
export function openAsk(section, { api, mayKeep, toasts }) {
  const asked = new QueryForm(part(section, "form", HTMLFormElement), later);
  const keep = part(section, "keep", HTMLFormElement);
  /** @type {Query | undefined} */
  let wanted;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  let turn = 0;

  keep.hidden = !mayKeep;
  keep.addEventListener("submit", (event) => {
    event.preventDefault();
    void keepIt();
  });
  part(keep, "repeat", HTMLButtonElement).addEventListener("click", () => void repeatIt());
  void api.get("/api/reports/collections").then((/** @type {{collections: Source[]}} */ told) => {
    asked.offer(told.collections);
    asked.draw(wanted ?? { collection: "count_lines" });
  }).catch((error) => tell(section, "problem", wordsOf(error)));

  return (/** @type {Query | string | undefined} */ query) => {
    if (typeof query !== "object") return;
    wanted = query;
    if (asked.isReady) asked.draw(query);
  };

  function later() {
    clearTimeout(timer);
    timer = setTimeout(() => void look(), WAIT_MS);
  }

  /** Ask for the first rows; an answer that was overtaken is not shown. */
  async function look() {
    const query = asked.read();
    const mine = ++turn;
    try {
      const answer = await api.post("/api/reports/query/preview", { query, rows: PREVIEWED });
      if (mine !== turn) return;
      tell(section, "problem", "");
      asked.sortBy(answer.columns);
      fillTable(part(section, "table", HTMLTableElement), answer, query);
      box(section, "none").hidden = answer.rows.length > 0;
      const total = answer.total === null ? t("reports.many_rows") : t("reports.rows", { n: answer.total });
      tell(section, "state", `${total} · ${number(Math.round(answer.took_ms))} ms`);
      tell(section, "part", answer.complete ? "" : t("reports.part_only", { n: answer.examined }));
    } catch (error) {
      if (mine === turn) tell(section, "problem", wordsOf(error));
    }
  }

  async function keepIt() {
    const data = new FormData(keep);
    const tags = String(data.get("tags") ?? "").split(",").map((tag) => tag.trim()).filter(Boolean);
    try {
      const kept = await api.post("/api/reports/snapshots", { name: data.get("name"), tags, query: asked.read() });
      keep.reset();
      toasts.say(t("reports.kept_now", { name: kept.name, n: kept.summary.rows }), "good");
      location.hash = "#kept";
    } catch (error) {
      tell(section, "problem", wordsOf(error));
    }
  }

  async function repeatIt() {
    try {
      if (!await addSchedule(api, asked.read(), String(new FormData(keep).get("name") ?? ""))) return;
      keep.reset();
      toasts.say(t("schedules.added"), "good");
      location.hash = "#schedules";
    } catch (error) {
      tell(section, "problem", wordsOf(error));
    }
  }
}
