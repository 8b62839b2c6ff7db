// @ts-check
/** The floor plan: racks picked up and put down on a grid, seen on every map at once. */
import { FloorGrid, idsFrom } from "../../core/floor-grid.js";
import { t } from "../../core/texts.js";
import { box, part, tell } from "../../elements/parts.js";
import { RackEditor } from "../../elements/rack-editor.js";
import { wordsOf } from "../problems.js";
import { FormDialog } from "./form.js";

/** @import { Place, PlacedRack } from "../../core/floor-grid.js" */
/** @import { Desk } from "../admin.js" */

/**
 * @param {HTMLElement} section
 * @param {Desk} desk
 */
export function openRacks(section, { api, live, mayChange, toasts }) {
  const editor = /** @type {RackEditor} */ (section.querySelector("rack-editor"));
  const floor = part(section, "floor", HTMLSelectElement);
  const form = new FormDialog("rack-dialog");

  editor.mayEdit = mayChange;
  box(section, "add").hidden = !mayChange;
  box(section, "hint").hidden = !mayChange;
  box(section, "add").addEventListener("click", () => add(null));
  box(section, "put-back").addEventListener("click", () => editor.putBack());
  box(section, "remove").addEventListener("click", () => void remove());
  floor.addEventListener("change", () => void draw());
  editor.addEventListener("add", (event) => add(/** @type {CustomEvent} */ (event).detail.place));
  editor.addEventListener("pick", (event) => tellPicked(/** @type {CustomEvent} */ (event).detail.rack));
  editor.addEventListener("move", (event) => {
    const { rack, place } = /** @type {CustomEvent} */ (event).detail;
    void move(rack, place);
  });
  live.addEventListener("event", (event) => {
    if (/** @type {CustomEvent} */ (event).detail.name === "floor_plan" && !editor.picked) void load(floor.value);
  });
  form.onsave = save;
  void load("");

  /** @param {string} wanted */
  async function load(wanted) {
    try {
      const { floors } = await api.get("/api/racks/floors");
      floor.replaceChildren(...floors.map((/** @type {{floor: string}} */ each) => new Option(each.floor, each.floor)));
      if (wanted) floor.value = wanted;
      await draw();
    } catch (error) {
      tell(section, "problem", wordsOf(error));
    }
  }

  async function draw() {
    const shown = floor.value;
    const { racks } = await api.get(`/api/racks?floor=${encodeURIComponent(shown)}`);
    if (shown !== floor.value) return; // somebody chose another meanwhile
    editor.grid = new FloorGrid(racks);
    tellPicked(null);
  }

  /** @param {PlacedRack | null} rack */
  function tellPicked(rack) {
    tell(section, "picked-text", rack && t("admin.picked", { rack: rack.rack_id }));
    box(section, "picked").hidden = !rack;
    if (rack) tell(section, "problem", null);
  }

  /** @param {PlacedRack} rack @param {Place} place */
  async function move(rack, place) {
    await attempt(async () => {
      await api.patch(`/api/racks/${encodeURIComponent(rack.rack_id)}`, place);
      toasts.say(t("admin.moved", { rack: rack.rack_id, ...place }));
    });
  }

  async function remove() {
    const rack = editor.picked;
    if (!rack) return;
    await attempt(async () => {
      await api.remove(`/api/racks/${encodeURIComponent(rack.rack_id)}`);
      toasts.say(t("admin.removed", { rack: rack.rack_id }));
    });
  }

  /** @param {() => Promise<void>} act */
  async function attempt(act) {
    let problem = null;
    try {
      await act();
    } catch (error) {
      problem = wordsOf(error);
    }
    await load(floor.value);
    tell(section, "problem", problem);
  }

  /** @param {Place | null} place */
  function add(place) {
    form.input("floor").value = floor.value;
    form.input("row").value = String(place?.row ?? 1);
    form.input("column").value = String(place?.column ?? 1);
    form.input("many").value = "1";
    form.input("id").value = "";
    form.open();
  }

  async function save() {
    const many = Number(form.value("many")) || 1;
    const ids = idsFrom(form.value("id"), many);
    if (!ids) throw new Error(t("admin.rack_id_hint"));
    const [row, column] = [Number(form.value("row")), Number(form.value("column"))];
    const place = { floor: form.value("floor"), zone: form.value("zone"), row };
    await api.post("/api/racks", { racks: ids.map((rack_id, n) => ({ rack_id, ...place, column: column + n })) });
    toasts.say(t("admin.added", { racks: ids.join(", ") }));
    await load(place.floor);
  }
}
