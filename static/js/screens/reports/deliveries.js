// @ts-check
/** What a schedule sent to whom: fetched when somebody looks, with each attempt. */
import { dayAndTime, t, tryText } from "../../core/texts.js";
import { box, clone, part, write } from "../../elements/parts.js";

/** @import { Desk } from "../reports.js" */
/** @typedef {{at: string, was_taken: boolean, detail: string}} Attempt */
/** @typedef {{delivery_id: string, channel: string, receiver: string, fate: string, attempts: Attempt[], next_at: string, created_at: string}} Delivery */
/** @typedef {{mayKeep: boolean, act: (work: () => Promise<unknown>) => Promise<void>}} Rights */

export class Deliveries {
  #card;
  #api;
  #id;
  #rights;

  /**
   * @param {HTMLElement} card   of the schedule
   * @param {Desk["api"]} api
   * @param {string} id
   * @param {Rights} rights
   */
  constructor(card, api, id, rights) {
    this.#card = card;
    this.#api = api;
    this.#id = id;
    this.#rights = rights;
  }

  open() {
    const details = part(this.#card, "deliveries", HTMLDetailsElement);
    details.addEventListener("toggle", () => {
      if (details.open) void this.#rights.act(() => this.#load(null));
    });
  }

  /** @param {string | null} cursor */
  async #load(cursor) {
    const asked = new URLSearchParams({ limit: "10", ...(cursor ? { cursor } : {}) });
    const page = /** @type {{deliveries: Delivery[], next_cursor: string | null}} */ (await this.#api.get(`/api/reports/schedules/${this.#id}/deliveries?${asked}`));
    const list = box(this.#card, "sent");
    if (!cursor) list.replaceChildren();
    list.append(...page.deliveries.map((delivery) => this.#row(delivery)));
    box(this.#card, "unsent").hidden = list.childElementCount > 0;
    const more = part(this.#card, "more", HTMLButtonElement);
    more.hidden = !page.next_cursor;
    more.onclick = () => void this.#rights.act(() => this.#load(page.next_cursor));
  }

  /** @param {Delivery} delivery */
  #row({ delivery_id: id, receiver, fate, attempts, next_at: next, created_at: at }) {
    const row = clone("delivery");
    row.dataset["fate"] = fate;
    write(row, "receiver", receiver);
    write(row, "fate", tryText(`schedules.fate_${fate}`) ?? fate);
    write(row, "when", fate === "waiting" && attempts.length ? t("schedules.tried_again", { time: dayAndTime(next) }) : dayAndTime(at));
    box(row, "attempts").replaceChildren(...attempts.map((attempt) => {
      const line = document.createElement("li");
      line.textContent = `${dayAndTime(attempt.at)} · ${attempt.detail}`;
      line.dataset["taken"] = String(attempt.was_taken);
      return line;
    }));
    const retry = part(row, "retry", HTMLButtonElement);
    retry.hidden = fate !== "failed" || !this.#rights.mayKeep;
    retry.addEventListener("click", () => void this.#rights.act(async () => {
      await this.#api.post(`/api/reports/deliveries/${id}/retry`);
      await this.#load(null);
    }));
    return row;
  }
}
