// @ts-check
/** Two snapshots compared: by which columns, what came of it kind by kind, as files; and the latest comparisons. */
import { dayAndTime, number, t, tryText } from "../../core/texts.js";
import { fillDifferences, fillTotals } from "../../elements/difference-table.js";
import { box, clone, part, write } from "../../elements/parts.js";
import { nameOf } from "../../elements/report-words.js";
import { FILES, fileLink } from "./files.js";

/** @import { Column } from "../../core/report-query.js" */
/** @import { Total } from "../../elements/difference-table.js" */
/** @import { Snapshot } from "./kept.js" */
/** @import { Desk } from "../reports.js" */
/** @typedef {{job_id: string, status: string, error: string | null, counts: Record<string, number>, totals: Total[], columns: Column[], name_a: string, name_b: string, taken_a: string | null, taken_b: string | null, created_at: string, created_by_name: string}} Job */

const ASK_EVERY_MS = 700;
const LISTED = 10;
const CHANGES = ["changed", "added", "removed", "unchanged"];
const OPEN = ["queued", "running"];

export class Comparing {
  #api;
  #act;

  /**
   * @param {Desk["api"]} api
   * @param {(work: () => Promise<void>) => Promise<void>} act   does work and says what went wrong
   */
  constructor(api, act) {
    this.#api = api;
    this.#act = act;
  }

  /**
   * The question by which columns rows belong together, before the job is asked for.
   * @param {Snapshot} earlier
   * @param {Snapshot} later
   */
  wish(earlier, later) {
    const view = clone("compare-wish");
    write(view, "before", `${earlier.name} · ${dayAndTime(earlier.created_at)}`);
    write(view, "after", `${later.name} · ${dayAndTime(later.created_at)}`);
    box(view, "key").replaceChildren(...later.columns.map((column) => keyTick(column, later.key.includes(column.name))));
    const chosen = () => [...view.querySelectorAll("input:checked")].map((tick) => /** @type {HTMLInputElement} */ (tick).value);
    const go = part(view, "go", HTMLButtonElement);
    const offer = () => (go.disabled = chosen().length === 0);
    view.addEventListener("input", offer);
    offer();
    go.addEventListener("click", () => void this.#act(async () => {
      go.disabled = true;
      const wish = { snapshot_a_id: earlier.snapshot_id, snapshot_b_id: later.snapshot_id, key: chosen() };
      const job = /** @type {Job} */ (await this.#api.post("/api/reports/compare", wish));
      const answer = this.#view(job);
      view.replaceWith(answer);
      focus(answer);
      await this.#follow(answer, job);
    }).finally(offer));
    return view;
  }

  /**
   * The latest comparisons, to be opened again.
   * @param {HTMLElement} section
   * @param {(view: HTMLElement) => void} show
   */
  async list(section, show) {
    const { jobs } = /** @type {{jobs: Job[]}} */ (await this.#api.get(`/api/reports/compare?limit=${LISTED}`));
    box(section, "comparisons").hidden = jobs.length === 0;
    box(section, "comparison-list").replaceChildren(...jobs.map((job) => {
      const row = clone("comparison-row");
      write(row, "name", job.name_a === job.name_b ? job.name_b : `${job.name_a} → ${job.name_b}`);
      const span = [job.taken_a, job.taken_b].map((at) => (at ? dayAndTime(at) : "–")).join(" → ");
      write(row, "when", `${span} · ${job.created_by_name}`);
      write(row, "state", stateOf(job));
      part(row, "open", HTMLButtonElement).addEventListener("click", () => void this.#act(async () => {
        const view = this.#view(job);
        show(view);
        await this.#follow(view, job);
      }));
      return row;
    }));
  }

  /** @param {Job} job */
  #view(job) {
    const view = clone("comparison");
    write(view, "title", t("reports.comparison_of", { before: job.name_a, after: job.name_b }));
    return view;
  }

  /** Until it is done, and then what came of it. @param {HTMLElement} view @param {Job} job */
  async #follow(view, job) {
    while (OPEN.includes(job.status)) {
      write(view, "state", tryText(`job.${job.status}`) ?? job.status);
      await new Promise((done) => setTimeout(done, ASK_EVERY_MS));
      job = await this.#api.get(`/api/reports/compare/${job.job_id}`);
    }
    write(view, "state", job.status === "done" ? "" : (job.error ?? job.status));
    if (job.status !== "done") return;
    const whole = part(view, "whole", HTMLInputElement);
    const files = () => box(view, "files").replaceChildren(...FILES.map((format) =>
      fileLink(`/api/reports/compare/${job.job_id}/export`, format, { unchanged: String(whole.checked) })));
    whole.addEventListener("change", files);
    files();
    box(view, "export").hidden = false;
    fillTotals(part(view, "totals", HTMLTableElement), job.totals);
    await this.#show(view, job, "", null);
  }

  /**
   * A page of one kind, or of all that differs.
   * @param {HTMLElement} view
   * @param {Job} job
   * @param {string} change
   * @param {string | null} cursor
   */
  async #show(view, job, change, cursor) {
    const asked = new URLSearchParams({ limit: "100", ...(change ? { change } : {}), ...(cursor ? { cursor } : {}) });
    const page = await this.#api.get(`/api/reports/compare/${job.job_id}/rows?${asked}`);
    const choose = (/** @type {string} */ each) => void this.#act(() => this.#show(view, job, each === change ? "" : each, null));
    box(view, "counts").replaceChildren(...CHANGES.map((each) => countButton(each, job.counts[each] ?? 0, each === change, () => choose(each))));
    fillDifferences(part(view, "table", HTMLTableElement), page.columns, page.rows);
    box(view, "none").hidden = page.rows.length > 0;
    const more = part(view, "next", HTMLButtonElement);
    more.hidden = !page.next_cursor;
    more.onclick = () => void this.#act(() => this.#show(view, job, change, page.next_cursor));
  }
}

/** @param {Job} job */
function stateOf({ status, counts }) {
  if (status !== "done") return tryText(`job.${status}`) ?? status;
  return CHANGES.map((change) => `${number(counts[change] ?? 0)} ${tryText(`change.${change}`) ?? change}`).join(" · ");
}

/**
 * @param {Column} column
 * @param {boolean} isChosen
 */
function keyTick(column, isChosen) {
  const tick = clone("tick");
  const input = part(tick, "box", HTMLInputElement);
  input.name = "key";
  input.value = column.name;
  input.checked = isChosen;
  write(tick, "name", nameOf(column));
  return tick;
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
  button.addEventListener("click", act);
  return button;
}

/** @param {HTMLElement} view */
function focus(view) {
  const title = view.querySelector("h3");
  if (title instanceof HTMLElement) title.focus();
  view.scrollIntoView({ block: "nearest" });
}
