// @ts-check
/** One rack on the map. Each change touches only the nodes that differ. */
import { isSilent, lookOf } from "../core/floor-map.js";
import { duration, t, tn } from "../core/texts.js";
import { LOOK_ICONS } from "./look.js";
import { clone } from "./parts.js";

/** @import { Rack } from "../core/types.js" */

class RackTile extends HTMLElement {
  /** @type {Rack | null} */
  #rack = null;
  /** @type {Record<string, Element>} */
  #parts = {};

  connectedCallback() {
    if (this.firstElementChild) return;
    this.append(clone("rack-tile"));
    for (const part of this.querySelectorAll("[data-part]")) this.#parts[part.getAttribute("data-part") ?? ""] = part;
  }

  get button() {
    return /** @type {HTMLButtonElement} */ (this.firstElementChild);
  }

  /** @returns {Rack} */
  get rack() {
    if (!this.#rack) throw new Error("a tile without a rack");
    return this.#rack;
  }

  set rack(rack) {
    const before = this.#rack;
    this.#rack = rack;
    const look = lookOf(rack);
    if (before?.row !== rack.row || before.column !== rack.column) {
      this.style.setProperty("--row", String(rack.row + 1));
      this.style.setProperty("--column", String(rack.column + 1));
    }
    if (this.dataset["look"] !== look) {
      this.dataset["look"] = look;
      this.#parts["icon"]?.setAttribute("href", `#icon-${LOOK_ICONS[look]}`);
    }
    this.#write("code", rack.rack_id);
    this.#write("who", whoOf(rack));
    this.#write("short", shortOf(rack));
    this.#tell("conflicts", rack.open_conflicts ? String(rack.open_conflicts) : "");
    this.toggleAttribute("data-conflicts", Boolean(rack.open_conflicts));
    this.toggleAttribute("data-assigned", Boolean(rack.assigned_to) && !rack.holder);
    this.#figures(rack);
    this.tick(Date.now());
    this.#say();
  }

  /**
   * The rack's figure in the heat layer that is shown; null for none.
   * @param {{class: number | null, text: string} | null} heat
   */
  set heat(heat) {
    if (heat && heat.class !== null) this.dataset["heat"] = String(heat.class);
    else delete this.dataset["heat"];
    this.#tell("heat", heat?.text ?? "");
  }

  /** Time has passed: redraw the heartbeat's age. @param {number} now  epoch ms */
  tick(now) {
    const { holder, last_heartbeat: beat } = this.rack;
    const age = holder && beat ? Math.max(0, (now - Date.parse(beat)) / 1000) : null;
    this.#write("beat", age === null ? "" : duration(age));
    const silent = isSilent(this.rack, now);
    if (this.hasAttribute("data-silent") === silent) return;
    this.toggleAttribute("data-silent", silent);
    this.#say();
  }

  /** Show for a moment that something happened here. */
  flash() {
    this.removeAttribute("data-flash");
    requestAnimationFrame(() => this.setAttribute("data-flash", ""));
  }

  /** @param {Rack} rack */
  #figures({ progress }) {
    const expected = progress?.expected ?? 0;
    const share = progress && expected ? Math.min(1, progress.items / expected) : 0;
    const bar = /** @type {HTMLElement} */ (this.#parts["bar"]);
    bar.hidden = !expected;
    bar.style.setProperty("--share", `${(share * 100).toFixed(1)}%`);
    this.#write("figures", figures(progress));
  }

  /** What the eye takes from colour and place, in words. */
  #say() {
    const { holder, progress, open_conflicts, assigned_to: to } = this.rack;
    const words = [
      progress?.expected ? t("tile.items") : "",
      holder || to ? t(`look.${lookOf(this.rack)}`) : "",
      to && !holder ? t("tile.assigned", { who: to.name }) : "",
      progress?.records ? tn("tile.records", progress.records) : "",
      this.hasAttribute("data-silent") ? t("tile.silent") : "",
      open_conflicts ? tn("tile.conflicts", open_conflicts) : "",
    ];
    this.#write("more", words.filter(Boolean).join(", "));
  }

  /**
   * @param {string} name
   * @param {string} text
   */
  #write(name, text) {
    const part = this.#parts[name];
    if (part && part.textContent !== text) part.textContent = text;
  }

  /**
   * @param {string} name
   * @param {string} text
   */
  #tell(name, text) {
    this.#write(name, text);
    /** @type {HTMLElement} */ (this.#parts[name]).hidden = !text;
  }
}

/** @param {Rack} rack */
function whoOf(rack) {
  if (rack.holder) return rack.holder.name;
  return rack.assigned_to ? `→ ${rack.assigned_to.name}` : t(`look.${lookOf(rack)}`);
}

/** @param {Rack} rack */
function shortOf({ holder, assigned_to: to }) {
  if (holder) return initialsOf(holder.name);
  return to ? `→${initialsOf(to.name)}` : "";
}

/** "Asha Rao" → "AR", "Counter 12" → "C12": for tiles too small for a name. @param {string} name */
function initialsOf(name) {
  return name.split(/\s+/).map((word) => (/^\d+$/.test(word) ? word : word.slice(0, 1))).join("").slice(0, 4);
}

/** @param {Rack["progress"]} progress */
function figures(progress) {
  if (!progress) return "";
  if (progress.expected) return `${progress.items}/${progress.expected}`;
  return progress.items ? String(progress.items) : "";
}

customElements.define("rack-tile", RackTile);
export { RackTile };
