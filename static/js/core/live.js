// @ts-check
/**
 * The live connection. After a drop it asks for what it missed by the last event's id; where that is
 * too long ago the server sends a whole snapshot. Events reach listeners once, in order.
 */

/** @import { LiveEvent } from "./types.js" */

/** @typedef {"connecting" | "catching_up" | "live" | "behind" | "offline"} LiveState */
/** @typedef {{floors?: string[], racks?: string[], sessions?: string[]}} Wish */
/**
 * @typedef {object} Socket
 * @property {(event: string, handler: (...args: any[]) => void) => unknown} on
 * @property {(event: string, ...args: any[]) => unknown} emit
 * @property {() => unknown} connect
 * @property {() => unknown} disconnect
 * @property {boolean} connected
 */

const NAMES = [
  "rack:update", "session:update", "conflict:new", "conflict:resolved", "presence", "notification", "snapshot",
  "floor_plan", "items:update", "stocktake:update", "lines:update",
];

const GAP_SPREAD_MS = 1000;
/** Who sent more than a working device does may go on after this. */
const TOO_MANY_MS = 60_000;

export class Live extends EventTarget {
  /**
   * @param {Socket} socket  not yet connected
   * @param {() => Promise<boolean>} refresh  new tokens, when the server refuses ours
   */
  constructor(socket, refresh) {
    super();
    this.socket = socket;
    this.refresh = refresh;
    this.lastId = 0;
    /** Whether the server answered our last watch with an error. */
    this.refused = false;
    /** @type {LiveState} */
    this.state = "connecting";
    /** @type {Wish} */
    this.wish = {};
    socket.on("connect", () => this.#watch());
    socket.on("disconnect", (reason) => this.#dropped(reason));
    socket.on("connect_error", () => void this.#refused());
    for (const name of NAMES) socket.on(name, (event) => this.#hear(name, event));
  }

  /** @param {Wish} wish */
  watch(wish) {
    this.wish = wish;
    if (this.socket.connected) this.#watch();
    else this.socket.connect();
  }

  /** The device says that it has no network: do not pretend until a timeout finds out. */
  networkIsGone() {
    this.#show("offline");
  }

  /** The network is back: do not wait for the next turn of the reconnection. */
  networkIsBack() {
    if (this.socket.connected) {
      this.#watch();
      return;
    }
    this.socket.disconnect();
    this.socket.connect();
  }

  stop() {
    this.socket.disconnect();
  }

  #watch({ anew = false } = {}) {
    this.#show("catching_up");
    const since = this.lastId && !anew ? { since: this.lastId } : {};
    this.socket.emit("watch", { ...this.wish, ...since }, (/** @type {any} */ answer) => {
      this.refused = !answer?.ok;
      if (this.refused) {
        this.#show(answer?.error?.code === "redis_unavailable" ? "behind" : "offline");
        this.dispatchEvent(new CustomEvent("refused", { detail: answer?.error }));
        if (answer?.error?.code === "too_many_requests") setTimeout(() => this.#watchAgain(), TOO_MANY_MS);
        return;
      }
      this.dispatchEvent(new CustomEvent("watching", { detail: { fresh: !("since" in since) } }));
      this.#show("live");
    });
  }

  /**
   * @param {string} name
   * @param {LiveEvent} event
   */
  #hear(name, event) {
    const { id } = event;
    if (name === "notification") this.#hearOfRelay(event.type);
    if (name === "snapshot") this.lastId = id ?? this.lastId;
    else if (id !== undefined) {
      if (id <= this.lastId) return;
      this.lastId = id;
    }
    this.dispatchEvent(new CustomEvent("event", { detail: { name, event } }));
  }

  /** @param {string} type */
  #hearOfRelay(type) {
    if (type === "live_behind") this.#show("behind");
    if (type === "live_caught_up" && this.refused) this.#watch();
    else if (type === "live_caught_up" && this.state === "behind") this.#show("live");
    // Events were lost, so a snapshot is due; not for all screens of the warehouse at once.
    if (type === "live_gap") setTimeout(() => this.#watchAnew(), Math.random() * GAP_SPREAD_MS);
  }

  #watchAgain() {
    if (this.socket.connected && this.refused) this.#watch();
  }

  #watchAnew() {
    if (this.socket.connected) this.#watch({ anew: true });
    else this.lastId = 0;
  }

  /** @param {string} reason */
  #dropped(reason) {
    this.#show("offline");
    // socket.io reconnects by itself unless the server closed us: then our sign-in may have ended.
    if (reason === "io server disconnect") void this.#refused();
  }

  async #refused() {
    this.#show("offline");
    const again = await this.refresh().catch(() => true);
    if (!again) {
      this.dispatchEvent(new Event("signed-out"));
      return;
    }
    setTimeout(() => this.socket.connected || this.socket.connect(), 1500 + Math.random() * 1500);
  }

  /** @param {LiveState} state */
  #show(state) {
    if (this.state === state) return;
    this.state = state;
    this.dispatchEvent(new Event("state"));
  }
}
