// @ts-check
/** The rack that somebody opened: its figures, its counts as they come in, and what one may do about it. */
import { t } from "../../core/texts.js";
import { RackDrawer } from "../../elements/rack-drawer.js";
import { wordsOf } from "../problems.js";
import { atMostEvery } from "../top-bar.js";

/** @import { LiveEvent, Rack } from "../../core/types.js" */
/** @import { Shell } from "../shell.js" */
/** @import { Floor } from "./floor.js" */
/** @import { Side } from "./side.js" */

const RECORDS = 30;
const HISTORY = 50;
/** Counts come in bursts; a person reads twice a second at best. */
const LOOK_MS = 500;

export class OpenRack {
  /**
   * @param {Shell} shell
   * @param {Floor} floor
   * @param {Side} side
   * @param {boolean} maySteer
   */
  constructor({ api, toasts }, floor, side, maySteer) {
    this.api = api;
    this.toasts = toasts;
    this.floor = floor;
    this.side = side;
    this.drawer = new RackDrawer(/** @type {HTMLDialogElement} */ (document.getElementById("drawer")), maySteer);
    this.drawer.onsteer = (rackId, act, reason) => void this.#steer(rackId, act, reason);
    this.drawer.onassign = (rackId, userId) => void this.#assign(rackId, userId);
    this.drawer.onhistory = (rackId) => void this.#history(rackId);
    this.look = atMostEvery(LOOK_MS, () => this.#look());
  }

  /**
   * @param {Rack} rack
   * @param {number | null} [pastAt]
   */
  async open(rack, pastAt = null) {
    const { drawer } = this;
    drawer.assignees = this.side.people.counters;
    drawer.open(rack, pastAt);
    if (pastAt !== null) return;
    this.look();
    const fresh = await this.api.get(`/api/racks/${encodeURIComponent(rack.rack_id)}/status`).catch(() => null);
    if (!fresh || drawer.rack?.rack_id !== rack.rack_id) return;
    drawer.show({ ...rack, ...fresh });
    if (sessionOf(fresh) !== sessionOf(rack)) this.look();
  }

  /** The map drew this rack anew. @param {Rack} rack */
  drawn(rack) {
    const before = this.drawer.rack;
    if (before?.rack_id !== rack.rack_id || this.floor.isPast) return;
    this.drawer.show(rack);
    if (sessionOf(before) !== sessionOf(rack)) this.look();
  }

  /**
   * @param {string} name
   * @param {LiveEvent} event
   */
  hear(name, event) {
    const { rack } = this.drawer;
    if (rack && event.rack_id === rack.rack_id && name === "session:update" && event.type === "progress") this.look();
  }

  async #look() {
    const { rack } = this.drawer;
    const session = rack && sessionOf(rack);
    if (!rack || !session) return;
    const address = `/api/sessions/${encodeURIComponent(session)}`;
    const [stats, page] = await Promise.all([
      this.api.get(`${address}/stats`).catch(() => null),
      this.api.get(`${address}/records?limit=${RECORDS}`).catch(() => null),
    ]);
    const now = this.drawer.rack;
    if (now?.rack_id !== rack.rack_id || sessionOf(now) !== session) return;
    if (stats) this.drawer.stats = stats;
    if (page) this.drawer.records = page.records;
  }

  /** @param {string} rackId */
  async #history(rackId) {
    const found = await this.api.get(`/api/racks/${encodeURIComponent(rackId)}/history?limit=${HISTORY}`).catch(() => null);
    if (found && this.drawer.rack?.rack_id === rackId) this.drawer.history = found.entries;
  }

  /**
   * @param {string} rackId
   * @param {string} act
   * @param {string} reason
   */
  #steer(rackId, act, reason) {
    return this.#act(`/api/racks/${encodeURIComponent(rackId)}/${act}`, { reason }, t(act === "recount" ? "drawer.recounted" : "drawer.released", { rack: rackId }));
  }

  /**
   * @param {string} rackId
   * @param {string | null} userId
   */
  #assign(rackId, userId) {
    const who = userId && this.side.people.of(userId)?.name;
    const said = who ? t("drawer.assigned_to", { rack: rackId, who }) : t("drawer.unassigned", { rack: rackId });
    return this.#act(`/api/racks/${encodeURIComponent(rackId)}/assign`, { user_id: userId }, said);
  }

  /**
   * Nothing is shown as done before the server said so.
   * @param {string} address
   * @param {object} wish
   * @param {string} said
   */
  async #act(address, wish, said) {
    this.drawer.error = null;
    this.drawer.busy = true;
    try {
      await this.api.post(address, wish);
      this.drawer.close();
      this.toasts.say(said);
    } catch (error) {
      this.drawer.error = wordsOf(error);
    } finally {
      this.drawer.busy = false;
    }
  }
}

/** Whose counts the rack shows. @param {Rack} rack */
function sessionOf({ session_id: now, last_session_id: last, status }) {
  return now ?? (status === "completed" ? last : null) ?? null;
}
