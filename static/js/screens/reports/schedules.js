// @ts-check
/** What is made by the clock: next and last run, paused and removed, and what became of each delivery. */
import { clockOf } from "../../core/schedule-wish.js";
import { dayAndTime, listed, number, t, tryText } from "../../core/texts.js";
import { ask } from "../../elements/ask-dialog.js";
import { box, clone, part, tell, write } from "../../elements/parts.js";
import { attempt } from "../problems.js";
import { Deliveries } from "./deliveries.js";
import { showSecret } from "./schedule-dialog.js";

/** @import { Keeping, Rhythm } from "../../core/schedule-wish.js" */
/** @import { Desk } from "../reports.js" */
/** @typedef {{state: string, error: string | null, ended_at: string | null, result: {rows?: number, snapshot_id?: string}}} Run */
/** @typedef {{schedule_id: string, name: string, rhythm: Rhythm, keeping: Keeping, receivers: {mail: string[], format: string, webhook: string | null}, is_paused: boolean, next_at: string, last_at: string | null, last: Run | null, created_by_name: string}} Schedule */

const LOOK_AGAIN_MS = 2_000;
const OPEN = ["queued", "running"];

/**
 * @param {HTMLElement} section
 * @param {Desk} desk
 */
export function openSchedules(section, { api, mayKeep, toasts }) {
  const list = box(section, "list");
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  part(section, "again", HTMLButtonElement).addEventListener("click", () => void act(load));
  return () => void act(load);

  /** @param {() => Promise<unknown>} work */
  function act(work) {
    return attempt(section, work);
  }

  /** Show all; and again in a moment while one of them is at work. */
  async function load() {
    clearTimeout(timer);
    const { schedules, may_mail: mayMail } = /** @type {{schedules: Schedule[], may_mail: boolean}} */ (await api.get("/api/reports/schedules"));
    box(section, "mail-off").hidden = mayMail || !mayKeep;
    box(section, "none").hidden = schedules.length > 0;
    const there = new Map([...list.children].map((card) => [/** @type {HTMLElement} */ (card).dataset["id"], /** @type {HTMLElement} */ (card)]));
    list.replaceChildren(...schedules.map((schedule) => {
      const card = there.get(schedule.schedule_id) ?? newCard(schedule);
      fill(card, schedule);
      return card;
    }));
    if (!section.hidden && schedules.some(({ last }) => last && OPEN.includes(last.state))) timer = setTimeout(() => void act(load), LOOK_AGAIN_MS);
  }

  /** @param {Schedule} schedule */
  function newCard({ schedule_id: id, name, receivers }) {
    const card = clone("schedule");
    card.dataset["id"] = id;
    const path = `/api/reports/schedules/${id}`;
    const on = (/** @type {string} */ name_, /** @type {() => Promise<unknown>} */ work) => {
      const button = part(card, name_, HTMLButtonElement);
      button.hidden = !mayKeep || (name_ === "secret" && !receivers.webhook);
      button.addEventListener("click", () => void act(async () => {
        await work();
        await load();
      }));
    };
    on("run", async () => {
      await api.post(`${path}/run`);
      toasts.say(t("schedules.runs", { name }), "good");
    });
    on("pause", () => api.patch(path, { is_paused: card.dataset["paused"] !== "true" }));
    on("secret", async () => showSecret((await api.post(`${path}/secret`)).secret));
    on("remove", async () => {
      if (await ask({ title: t("schedules.remove_title", { name }), body: t("schedules.remove_body"), yes: t("reports.remove") })) await api.remove(path);
    });
    new Deliveries(card, api, id, { mayKeep, act }).open();
    return card;
  }
}

/**
 * @param {HTMLElement} card
 * @param {Schedule} schedule
 */
function fill(card, { name, rhythm, keeping, receivers, is_paused: isPaused, next_at: next, last_at: lastAt, last }) {
  const state = isPaused ? "paused" : last && OPEN.includes(last.state) ? "working" : last?.state === "failed" ? "failed" : "on";
  card.dataset["state"] = state;
  card.dataset["paused"] = String(isPaused);
  write(card, "name", name);
  write(card, "state", t(`schedules.state_${state}`));
  const day = rhythm.every === "day" ? t("schedules.every_day") : (tryText(`schedules.weekday_${rhythm.weekday}`) ?? "");
  write(card, "when", t("schedules.when", { day, time: clockOf(rhythm), zone: rhythm.zone.replaceAll("_", " ") }));
  write(card, "next", isPaused ? t("schedules.not_while_paused") : dayAndTime(next));
  const rows = last?.result.rows;
  write(card, "last", lastAt ? `${dayAndTime(lastAt)}${rows === undefined ? "" : ` · ${t("reports.rows", { n: rows })}`}` : t("schedules.never"));
  const made = part(card, "made", HTMLAnchorElement);
  made.hidden = !last?.result.snapshot_id;
  made.href = `#kept=${last?.result.snapshot_id ?? ""}`;
  write(card, "kept", keptWords(keeping));
  write(card, "to", listed([...receivers.mail, ...(receivers.webhook ? [receivers.webhook] : [])]) || t("schedules.nobody"));
  tell(card, "failed", last?.state === "failed" ? t("schedules.failed", { why: tryText(`problem.${last.error}`) ?? last.error ?? "" }) : "");
  write(card, "pause", t(isPaused ? "schedules.resume" : "schedules.pause"));
}

/** @param {Keeping} keeping */
function keptWords({ copies, days }) {
  const words = [copies === null ? "" : t("schedules.kept_copies", { n: number(copies) }), days === null ? "" : t("schedules.kept_days", { n: number(days) })];
  return words.filter(Boolean).join(", ");
}
