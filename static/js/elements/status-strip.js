// @ts-check
/** What the counter must always see: network, live connection, queue, last sync. */
import { t, timeOfDay, tn } from "../core/texts.js";
import { box, write } from "./parts.js";

/** @import { Tally } from "../core/types.js" */
/** @import { LiveState } from "../core/live.js" */

/** @typedef {"good" | "warn" | "bad" | "quiet"} Tone */

/** @type {Record<LiveState, Tone>} */
const LIVE_TONES = { connecting: "quiet", catching_up: "warn", live: "good", behind: "warn", offline: "bad" };

class StatusStrip extends HTMLElement {
  /** @param {boolean} online */
  set network(online) {
    this.#cell("network", t(online ? "status.online" : "status.offline"), online ? "good" : "bad");
    this.querySelector("[data-part=network] use")?.setAttribute(
      "href", `#icon-${online ? "online" : "offline"}`);
  }

  /** @param {LiveState} state */
  set live(state) {
    this.#cell("live", t(`status.live.${state}`), LIVE_TONES[state]);
  }

  /** @param {{tally: Pick<Tally, "waiting" | "parked">, signedOut?: boolean, done?: number}} queue  `done`: of a long queue that is being sent */
  set queue({ tally, signedOut, done }) {
    const { waiting, parked } = tally;
    const words = [];
    if (waiting && done !== undefined) words.push(t("status.queue.sending", { done, n: done + waiting }));
    else if (waiting) words.push(tn("status.queue.waiting", waiting));
    if (parked) words.push(tn("status.queue.parked", parked));
    if (signedOut && waiting) words.push(t("status.queue.signed_out"));
    this.#cell("queue", words.join(", ") || t("status.queue.none"), parked ? "bad" : waiting ? "warn" : "good");
  }

  /** @param {number | null} at  epoch ms */
  set lastSync(at) {
    // Who never sent a count from here, such as a supervisor at the map, is spared both.
    this.toggleAttribute("data-idle", at === null && box(this, "queue").dataset["tone"] === "good");
    this.#cell("sync", at === null ? t("time.never") : timeOfDay(at), "quiet");
  }

  /**
   * @param {string} name
   * @param {string} text
   * @param {Tone} tone
   */
  #cell(name, text, tone) {
    const cell = box(this, name);
    const worse = cell.dataset.tone !== tone && (tone === "bad" || cell.dataset.tone === "bad");
    cell.dataset.tone = tone;
    write(this, `${name}-text`, text);
    if (worse) write(this, "told", text);
  }
}

customElements.define("status-strip", StatusStrip);
export { StatusStrip };
