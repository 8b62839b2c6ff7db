// @ts-check
/**
 * Tells this tab and the others of one device that something changed. Event: `change`, whose detail is
 * `growth` where nothing is new and only something known grew.
 */

/** What changes many times a second is told this often at most; what a person did is told at once. */
const TELL_MS = 250;

/** @typedef {"change" | "growth"} Change */

export class News extends EventTarget {
  /** @param {string} channel */
  constructor(channel) {
    super();
    this.channel = new BroadcastChannel(channel);
    this.channel.onmessage = ({ data }) => this.#hear(data);
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.telling = undefined;
  }

  close() {
    clearTimeout(this.telling);
    this.channel.close();
  }

  /** @param {Change} what */
  tell(what) {
    clearTimeout(this.telling);
    this.telling = undefined;
    this.#hear(what);
    this.channel.postMessage(what);
  }

  tellSoon() {
    this.telling ??= setTimeout(() => this.tell("change"), TELL_MS);
  }

  /** @param {Change} what */
  #hear(what) {
    this.dispatchEvent(new CustomEvent("change", { detail: what }));
  }
}
