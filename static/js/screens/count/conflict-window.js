// @ts-check
/** The counter's window on conflicts: opened from a bar that shows while there are any; settled ones vanish live. */
import { openConflicts } from "../../core/open-conflicts.js";
import { stateRange } from "../../core/store.js";
import { t, tn, tryText } from "../../core/texts.js";
import { ConflictList } from "../../elements/conflict-list.js";
import { box, tell, write } from "../../elements/parts.js";

/** @import { OpenConflict } from "../../core/open-conflicts.js" */
/** @import { Desk } from "./desk.js" */

/** Conflicts come in batches: look once after them. */
const SETTLE_MS = 150;
/** What a counter can put right alone. */
const CORRECTABLE = ["duplicate_serial", "invalid_quantity", "stale_update", "invalid_record"];

export class ConflictWindow {
  /** @type {Record<string, any>[]} */
  #told = [];
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer = undefined;
  /** The session whose counts can be opened on this screen. @type {string | null} */
  sessionId = null;
  /** @type {(id: string) => void} */
  onedit = () => {};

  /** @param {Desk} desk */
  constructor(desk) {
    this.desk = desk;
    this.dialog = /** @type {HTMLDialogElement} */ (document.getElementById("conflicts"));
    this.list = /** @type {ConflictList} */ (this.dialog.querySelector("conflict-list"));
    this.bar = box(document, "conflicts-open");
    this.bar.addEventListener("click", () => this.open());
    box(this.dialog, "conflicts-close").addEventListener("click", () => this.dialog.close());
    this.list.addEventListener("edit", (event) => this.#edit(/** @type {CustomEvent} */ (event).detail.id));
    desk.outbox.addEventListener("change", () => this.#soon(false));
    desk.live.addEventListener("event", (event) => this.#hear(/** @type {CustomEvent} */ (event).detail));
    addEventListener("online", () => this.#soon(true));
    void this.load();
  }

  open() {
    this.dialog.showModal();
    void this.load();
  }

  async load() {
    const answer = await this.desk.api.get("/api/sync/conflicts?status=open&limit=200").catch(() => null);
    tell(this.dialog, "conflicts-offline", answer ? null : t("conflicts.offline"));
    if (answer) this.#told = answer.conflicts;
    await this.#show();
  }

  async #show() {
    const { db, user } = this.desk;
    const parked = await db.getAllFromIndex("outbox", "by_state", stateRange(user.user_id, "parked"));
    const mine = this.#told.filter(({ user_id }) => user_id === user.user_id);
    const open = openConflicts(mine, parked);
    this.bar.hidden = open.length === 0;
    write(this.bar, "conflicts-n", open.length ? tn("conflicts.open", open.length) : "");
    const sessions = new Map(parked.map(({ id, session_id }) => [id, session_id]));
    this.list.show(open, (conflict) => this.#mayEdit(conflict, sessions.get(conflict.record_id)));
  }

  /**
   * @param {OpenConflict} conflict
   * @param {string | undefined} sessionId
   */
  #mayEdit({ kind, is_here }, sessionId) {
    return is_here && sessionId === this.sessionId && CORRECTABLE.includes(kind);
  }

  /** @param {{name: string, event: import("../../core/types.js").LiveEvent}} told */
  #hear({ name, event }) {
    if (name !== "conflict:new" && name !== "conflict:resolved") return;
    const id = event.client_record_id;
    if (name === "conflict:resolved" && id) void this.#settled(id, event);
    this.#soon(true);
  }

  /**
   * @param {string} id
   * @param {import("../../core/types.js").LiveEvent} event
   */
  async #settled(id, event) {
    this.#told = this.#told.filter(({ client_record_id }) => client_record_id !== id);
    const entry = await this.desk.db.get("outbox", id);
    if (entry?.user_id !== this.desk.user.user_id) return;
    await this.desk.outbox.settledElsewhere(id);
    const item = entry.item_name || entry.record.item_code;
    const facts = { item, who: event.settled_by_name ?? "", note: event.note ?? "" };
    const how = event.settled_by_name ? tryText(`conflicts.settled.${event.resolution}`, facts) : undefined;
    this.desk.toasts.say(how ?? t("conflicts.settled", { item }), "warn");
  }

  /** @param {boolean} ask  the server too */
  #soon(ask) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void (ask ? this.load() : this.#show()), SETTLE_MS);
  }

  /** @param {string} id */
  #edit(id) {
    this.dialog.close();
    this.onedit(id);
  }
}
