// @ts-check
/**
 * Hand the rack to a colleague: offered here, accepted there. Everything counted is sent first, so
 * that the count goes on from all of it.
 */
import { t, tn } from "../../core/texts.js";
import { box, part, tell } from "../../elements/parts.js";
import { wordsOf } from "../problems.js";

/** @import { Rack } from "../../core/types.js" */
/** @import { Desk } from "./desk.js" */
/** @import { Session } from "./session.js" */

export class Handing {
  /** Whom the rack was offered to; "" where nobody. */
  offeredTo = "";

  /**
   * @param {Desk} desk
   * @param {Session} session
   * @param {AbortSignal} signal
   */
  constructor(desk, session, signal) {
    this.desk = desk;
    this.session = session;
    this.dialog = /** @type {HTMLDialogElement} */ (document.getElementById("hand-over"));
    this.name = part(this.dialog, "name", HTMLInputElement);
    part(this.dialog, "form", HTMLFormElement).addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#offer();
    }, { signal });
    box(this.dialog, "cancel").addEventListener("click", () => this.dialog.close(), { signal });
    signal.addEventListener("abort", () => this.dialog.close());
  }

  async open() {
    const { waiting } = await this.desk.ledger.tally(this.session.session_id);
    if (waiting) return this.desk.toasts.say(tn("hand.waiting", waiting), "warn");
    tell(this.dialog, "error", null);
    this.dialog.showModal();
    this.name.focus();
    await this.#suggest();
  }

  /** Who counts on this floor now; anybody else is named by their user name. */
  async #suggest() {
    const path = `/api/racks?floor=${encodeURIComponent(this.session.floor ?? "")}`;
    const { racks } = await this.desk.api.get(path).catch(() => ({ racks: [] }));
    /** @type {Map<string, string>} */
    const people = new Map();
    for (const { holder } of /** @type {Rack[]} */ (racks)) if (holder) people.set(holder.username ?? "", holder.name);
    people.delete(this.desk.user.username);
    box(this.dialog, "people").replaceChildren(...[...people].map(([username, name]) => new Option(name, username)));
  }

  async #offer() {
    const username = this.name.value.trim();
    if (!username) return tell(this.dialog, "error", t("hand.nobody"));
    try {
      await this.desk.api.post(`/api/racks/${encodeURIComponent(this.session.rack_id)}/offer`, { username });
    } catch (error) {
      return tell(this.dialog, "error", wordsOf(error));
    }
    this.offeredTo = username;
    this.dialog.close();
    this.desk.toasts.say(t("hand.offered", { rack: this.session.rack_id, who: username }));
  }
}
