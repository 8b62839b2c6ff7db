// @ts-check
/**
 * One rack's details, its counts as they come in, who had it, and for who may steer, actions.
 * Calls `onsteer` (rackId, act, reason), `onassign` (rackId, userId), `onhistory` (rackId).
 */
import { lookOf } from "../core/floor-map.js";
import { duration, number, t, timeOfDay, tn } from "../core/texts.js";
import { listCounts, listHistory } from "./drawer-lists.js";
import { LOOK_ICONS } from "./look.js";
import { box, draw, part, tell, write } from "./parts.js";

/** @import { Person, Rack } from "../core/types.js" */
/** @import { KeptRecord, LogEntry } from "./drawer-lists.js" */
const SHORT = 16;

/** @typedef {{damaged: number, pace_per_hour: number}} Stats */

export class RackDrawer {
  /** @type {Rack | null} */
  rack = null;
  /** @type {(rackId: string, act: string, reason: string) => void} */
  onsteer = () => {};
  /** @type {(rackId: string, userId: string | null) => void} */
  onassign = () => {};
  /** @type {(rackId: string) => void} */
  onhistory = () => {};
  #past = false;

  /**
   * @param {HTMLDialogElement} dialog
   * @param {boolean} maySteer
   */
  constructor(dialog, maySteer) {
    this.dialog = dialog;
    this.maySteer = maySteer;
    box(dialog, "close").addEventListener("click", () => dialog.close());
    dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
    dialog.addEventListener("close", () => {
      this.rack = null;
    });
    part(dialog, "steer", HTMLFormElement).addEventListener("submit", (event) => this.#steer(event));
    part(dialog, "assign-form", HTMLFormElement).addEventListener("submit", (event) => {
      event.preventDefault();
      if (this.rack) this.onassign(this.rack.rack_id, part(dialog, "assignee", HTMLSelectElement).value || null);
    });
    const history = part(dialog, "history-box", HTMLDetailsElement);
    history.addEventListener("toggle", () => history.open && this.rack && this.onhistory(this.rack.rack_id));
  }

  /**
   * @param {Rack} rack
   * @param {number | null} [pastAt]  epoch ms: this is how it was then, and nothing can be done about it
   */
  open(rack, pastAt = null) {
    const { dialog } = this;
    this.#past = pastAt !== null;
    part(dialog, "reason", HTMLTextAreaElement).value = "";
    part(dialog, "reason", HTMLTextAreaElement).removeAttribute("aria-invalid");
    part(dialog, "history-box", HTMLDetailsElement).open = false;
    write(dialog, "past-text", pastAt === null ? "" : t("drawer.past", { time: timeOfDay(pastAt) }));
    box(dialog, "past-notice").hidden = !this.#past;
    this.error = null;
    this.busy = false;
    this.show(rack);
    this.stats = null;
    this.records = null;
    part(dialog, "assignee", HTMLSelectElement).value = rack.assigned_to?.user_id ?? "";
    if (!dialog.open) dialog.showModal();
  }

  close() {
    this.dialog.close();
  }

  /** @param {Rack} rack */
  show(rack) {
    this.rack = rack;
    const look = lookOf(rack);
    const { dialog } = this;
    write(dialog, "rack", rack.rack_id);
    write(dialog, "place", [rack.floor, rack.zone].filter(Boolean).join(" · "));
    box(dialog, "look").dataset["look"] = look;
    draw(dialog, "look-icon", LOOK_ICONS[look]);
    write(dialog, "look-text", t(`look.${look}`));
    this.#row("holder", rack.holder?.name ?? t("drawer.nobody"));
    this.#row("assigned", rack.assigned_to?.name);
    this.#row("device", shortOf(rack.holder?.device_id));
    this.#row("claimed", rack.holder && rack.claimed_at ? timeOfDay(rack.claimed_at) : null);
    this.#row("beat", rack.holder && rack.last_heartbeat ? ago(rack.last_heartbeat) : null);
    this.#row("pass", number(rack.pass));
    this.#row("fence", number(rack.fence));
    this.#row("waits", waits(rack));
    this.#row("conflicts", rack.open_conflicts ? number(rack.open_conflicts) : null);
    this.#progress(rack);
    const may = this.maySteer && !this.#past;
    box(dialog, "steer").hidden = !may;
    box(dialog, "assign-form").hidden = !may || rack.status !== "available";
    part(dialog, "force-release", HTMLButtonElement).disabled = !rack.holder;
  }

  /** @param {Stats | null} stats */
  set stats(stats) {
    this.#row("damaged", stats ? number(stats.damaged) : null);
    this.#row("pace", stats?.pace_per_hour ? t("drawer.pace.value", { n: Math.round(stats.pace_per_hour) }) : null);
  }

  /** @param {KeptRecord[] | null} records  newest first; null: there is no session to look into */
  set records(records) {
    listCounts(this.dialog, records);
  }

  /** @param {LogEntry[]} entries */
  set history(entries) {
    listHistory(this.dialog, entries);
  }

  /** @param {Person[]} people  whom the rack may be given to */
  set assignees(people) {
    const select = part(this.dialog, "assignee", HTMLSelectElement);
    const chosen = select.value;
    select.replaceChildren(/** @type {Node} */ (select.options[0]), ...people.map(({ name, user_id: id }) => new Option(name, id)));
    select.value = chosen;
  }

  /** @param {boolean} busy  whether an answer is waited for */
  set busy(busy) {
    this.dialog.setAttribute("aria-busy", String(busy));
    for (const name of ["force-release", "recount", "assign"]) part(this.dialog, name, HTMLButtonElement).disabled = busy;
    if (!busy && this.rack) this.show(this.rack);
  }

  /** @param {string | null} text */
  set error(text) {
    tell(this.dialog, "error", text);
  }

  /** @param {Rack} rack */
  #progress({ progress }) {
    const of = progress?.expected;
    box(this.dialog, "progress-box").hidden = !progress;
    write(this.dialog, "items", progress ? (of ? t("drawer.of", { n: progress.items, expected: of }) : number(progress.items)) : "");
    box(this.dialog, "progress-fill").style.setProperty("--share", String(progress && of ? Math.min(1, progress.items / of) : 0));
    this.#row("records", progress && number(progress.records));
    this.#row("pieces", progress && number(progress.pieces));
  }

  /**
   * @param {string} name
   * @param {string | null | undefined} text
   */
  #row(name, text) {
    write(this.dialog, name, text ?? "");
    box(this.dialog, `row-${name}`).hidden = !text;
  }

  /** @param {SubmitEvent} event */
  #steer(event) {
    event.preventDefault();
    const reason = part(this.dialog, "reason", HTMLTextAreaElement);
    const text = reason.value.trim();
    this.error = text ? null : t("drawer.reason_missing");
    reason.setAttribute("aria-invalid", String(!text));
    if (!text) reason.focus();
    else if (this.rack && event.submitter instanceof HTMLButtonElement) {
      this.onsteer(this.rack.rack_id, event.submitter.value, text);
    }
  }
}

/** Enough of a device's random name to tell it from others. @param {string | null | undefined} device */
function shortOf(device) {
  return device && device.length > SHORT ? `${device.slice(0, SHORT)}…` : device;
}

/** @param {string} at */
function ago(at) {
  return t("time.ago", { span: duration(Math.max(0, (Date.now() - Date.parse(at)) / 1000)) });
}

/** What waits on the holder's device, and how long already. @param {Rack} rack */
function waits({ queue_length: n, queue_age_s: age }) {
  return n ? tn("drawer.waits.value", n, { span: duration(age ?? 0) }) : null;
}
