// @ts-check
/** One rack's details and, for who may steer, actions with a reason. Calls `onsteer` (rackId, act, reason). */
import { lookOf } from "../core/floor-map.js";
import { duration, number, t, timeOfDay } from "../core/texts.js";
import { LOOK_ICONS } from "./look.js";
import { box, draw, part, tell, write } from "./parts.js";

/** @import { Rack } from "../core/types.js" */
const SHORT = 16;

/** @typedef {{damaged: number, pace_per_hour: number}} Stats */

export class RackDrawer {
  /** @type {Rack | null} */
  rack = null;
  /** @type {(rackId: string, act: string, reason: string) => void} */
  onsteer = () => {};

  /**
   * @param {HTMLDialogElement} dialog
   * @param {boolean} maySteer
   */
  constructor(dialog, maySteer) {
    this.dialog = dialog;
    box(dialog, "steer").hidden = !maySteer;
    box(dialog, "close").addEventListener("click", () => dialog.close());
    dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
    dialog.addEventListener("close", () => {
      this.rack = null;
    });
    part(dialog, "steer", HTMLFormElement).addEventListener("submit", (event) => this.#steer(event));
  }

  /** @param {Rack} rack */
  open(rack) {
    part(this.dialog, "reason", HTMLTextAreaElement).value = "";
    this.error = null;
    this.show(rack);
    this.stats = null;
    this.dialog.showModal();
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
    this.#row("device", shortOf(rack.holder?.device_id));
    this.#row("claimed", rack.holder && rack.claimed_at ? timeOfDay(rack.claimed_at) : null);
    this.#row("beat", rack.holder && rack.last_heartbeat ? ago(rack.last_heartbeat) : null);
    this.#row("pass", number(rack.pass));
    this.#row("fence", number(rack.fence));
    this.#row("conflicts", rack.open_conflicts ? number(rack.open_conflicts) : null);
    this.#progress(rack.progress);
    part(dialog, "force-release", HTMLButtonElement).disabled = !rack.holder;
  }

  /** @param {Stats | null} stats */
  set stats(stats) {
    this.#row("damaged", stats ? number(stats.damaged) : null);
    this.#row("pace", stats?.pace_per_hour ? t("drawer.pace.value", { n: Math.round(stats.pace_per_hour) }) : null);
  }

  /** @param {string | null} text */
  set error(text) {
    tell(this.dialog, "error", text);
  }

  /** @param {Rack["progress"]} progress */
  #progress(progress) {
    const of = progress?.expected;
    const items = progress && (of ? t("drawer.of", { n: progress.items, expected: of }) : number(progress.items));
    this.#row("items", items);
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
