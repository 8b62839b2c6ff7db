// @ts-check
/** Beside the map: who is here and what happens. */
import { lineOf } from "../../core/feed.js";
import { People } from "../../core/people.js";
import { t } from "../../core/texts.js";
import { EventFeed } from "../../elements/event-feed.js";
import { PeoplePanel } from "../../elements/people-panel.js";
import { wordsOf } from "../problems.js";
import { atMostEvery } from "../top-bar.js";

/** @import { LiveEvent, Person } from "../../core/types.js" */
/** @import { Shell } from "../shell.js" */

const SHOW_MS = 500;
/** Idleness grows by itself. */
const TICK_MS = 10_000;
/** Accounts come and go seldom; a device without a socket is heard of by this alone. */
const RELOAD_MS = 120_000;
const SETTLE_MS = 200;

export class Side {
  people = new People();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer = undefined;

  /**
   * @param {Shell} shell
   * @param {{maySteer: boolean, onrack: (rackId: string) => void}} options
   */
  constructor({ api, toasts, user }, { maySteer, onrack }) {
    this.api = api;
    this.toasts = toasts;
    this.user = user;
    this.panel = /** @type {PeoplePanel} */ (document.querySelector("people-panel"));
    this.feed = /** @type {EventFeed} */ (document.querySelector("event-feed"));
    this.panel.mayWrite = maySteer;
    this.panel.addEventListener("open", (event) => onrack(/** @type {CustomEvent} */ (event).detail.rackId));
    this.panel.addEventListener("send", (event) => void this.#send(/** @type {CustomEvent} */ (event).detail));
    this.show = atMostEvery(SHOW_MS, async () => this.panel.show(this.people.shown, this.people.sums, Date.now()));
    setInterval(() => this.show(), TICK_MS);
    setInterval(() => this.load(), RELOAD_MS);
  }

  /** Ask who is here, once for several calls. */
  load() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#load(), SETTLE_MS);
  }

  /**
   * @param {string} name
   * @param {LiveEvent} event
   * @param {string | undefined} held  who held the rack before the event
   */
  hear(name, event, held) {
    const isOthersMessage = event.type === "message" && event.by?.user_id !== this.user.user_id && event.user_id;
    const to = event.type === "message" ? this.people.of(event.user_id ?? "")?.name : held;
    const line = isOthersMessage ? null : lineOf(name, event, to);
    if (line) this.feed.add(line);
    if (this.people.apply(name, event)) this.show();
  }

  async #load() {
    try {
      /** @type {Person[]} */
      const people = [];
      let cursor = "";
      do {
        const page = await this.api.get(`/api/people${cursor && `?cursor=${encodeURIComponent(cursor)}`}`);
        people.push(...page.people);
        cursor = page.next_cursor ?? "";
      } while (cursor);
      this.people.load(people);
      this.panel.addressees = this.people.counters.filter(({ user_id: id }) => id !== this.user.user_id);
      this.show();
    } catch (error) {
      console.warn("People could not be loaded:", error);
    }
  }

  /** @param {{to: string, name: string, text: string, urgent: boolean}} letter */
  async #send({ to, name, text, urgent }) {
    this.panel.error = null;
    this.panel.busy = true;
    try {
      await this.api.post("/api/notifications", { message: text, level: urgent ? "warning" : "info", user_id: to || null });
      this.panel.sent();
      this.toasts.say(t("people.sent", { who: name }));
    } catch (error) {
      this.panel.error = wordsOf(error);
    } finally {
      this.panel.busy = false;
    }
  }
}
