// @ts-check
/** One rack on the map. Each change touches only the nodes that differ. */
import { lookOf } from "../core/floor-map.js";
import { duration, t, tn } from "../core/texts.js";
import { LOOK_ICONS } from "./look.js";
import { box, clone, draw, tell, write } from "./parts.js";

/** @import { Rack } from "../core/types.js" */

/** A heartbeat older than this is late: one was missed. */
const LATE_S = 35;

class RackTile extends HTMLElement {
  /** @type {Rack | null} */
  #rack = null;

  connectedCallback() {
    if (!this.firstElementChild) this.append(clone("rack-tile"));
  }

  get button() {
    return /** @type {HTMLButtonElement} */ (this.querySelector("button"));
  }

  /** @returns {Rack} */
  get rack() {
    if (!this.#rack) throw new Error("a tile without a rack");
    return this.#rack;
  }

  set rack(rack) {
    this.#rack = rack;
    const look = lookOf(rack);
    this.dataset.look = look;
    this.style.setProperty("--row", String(rack.row + 1));
    this.style.setProperty("--column", String(rack.column + 1));
    write(this, "code", rack.rack_id);
    draw(this, "icon", LOOK_ICONS[look]);
    write(this, "who", rack.holder?.name ?? t(`look.${look}`));
    write(this, "short", rack.holder ? initialsOf(rack.holder.name) : "");
    tell(this, "conflicts", rack.open_conflicts ? String(rack.open_conflicts) : null);
    this.#figures(rack);
    this.tick();
  }

  /** Time has passed: redraw the heartbeat's age. */
  tick() {
    const age = this.#age();
    const text = age === null ? "" : duration(age);
    write(this, "beat", text);
    this.toggleAttribute("data-late", age !== null && age > LATE_S);
    this.#say(text);
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
    box(this, "bar").hidden = !expected;
    box(this, "fill").style.setProperty("--share", String(share));
    write(this, "figures", figures(progress));
  }

  #age() {
    const { holder, last_heartbeat: beat } = this.rack;
    return holder && beat ? Math.max(0, (Date.now() - Date.parse(beat)) / 1000) : null;
  }

  /** What the eye takes from colour and place, in words. @param {string} age */
  #say(age) {
    const { holder, progress, open_conflicts } = this.rack;
    const words = [
      progress?.expected ? t("tile.items") : "",
      holder ? t(`look.${lookOf(this.rack)}`) : "",
      progress?.records ? tn("tile.records", progress.records) : "",
      age && t("tile.beat", { span: age }),
      open_conflicts ? tn("tile.conflicts", open_conflicts) : "",
    ];
    write(this, "more", words.filter(Boolean).join(", "));
  }
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
