// @ts-check
/** The supervisor's rack map: one load, then live events; each event redraws only what it touches. */
import { api } from "./start.js";
import { tell } from "../elements/parts.js";
import { Behind } from "./map/behind.js";
import { OpenRack } from "./map/drawer.js";
import { Floor } from "./map/floor.js";
import { Heating } from "./map/heating.js";
import { LookingBack } from "./map/looking-back.js";
import { Side } from "./map/side.js";
import { wordsOf } from "./problems.js";
import { openShell } from "./shell.js";

/** @import { LiveEvent, Rack } from "../core/types.js" */

const RETRY_MS = 3_000;

const shell = await openShell(() => !document.querySelector("dialog[open]"));
const { live, user } = shell;
const maySteer = user.role === "supervisor" || user.role === "admin";
const floor = new Floor();
const behind = new Behind(shell, () => floor.loaded);
const side = new Side(shell, { maySteer, onrack: (rackId) => openRack(floor.shown.racks.get(rackId)) });
const opened = new OpenRack(shell, floor, side, maySteer);
const heating = new Heating(shell, floor);
const past = new LookingBack(shell, floor, () => heating.layer && heating.repaint());

floor.ondrawn = (rack) => {
  opened.drawn(rack);
  heating.paint(rack);
};
floor.view.addEventListener("open", (event) => openRack(/** @type {CustomEvent} */ (event).detail.rack));
live.addEventListener("event", (event) => {
  const { name, event: told } = /** @type {CustomEvent} */ (event).detail;
  hear(name, told);
});
live.watch({});
// Where no live line comes up, show at least how it stands.
setTimeout(() => floor.loaded || void load(), RETRY_MS);

/** A first watch brings the whole map; this is for when the live line does not come up. */
async function load() {
  try {
    /** @type {Rack[]} */
    const racks = [];
    let cursor = "";
    do {
      const page = await api.get(`/api/racks${cursor && `?cursor=${encodeURIComponent(cursor)}`}`);
      racks.push(...page.racks);
      cursor = page.next_cursor ?? "";
    } while (cursor);
    floor.drawAll(racks);
    side.load();
  } catch (error) {
    tell(document, "loading", wordsOf(error));
    setTimeout(() => floor.loaded || void load(), RETRY_MS);
  }
}

/**
 * @param {string} name
 * @param {LiveEvent} event
 */
function hear(name, event) {
  behind.hear(name);
  if (name === "snapshot") {
    floor.drawAll(event.racks ?? []);
    side.load();
    return;
  }
  if (name === "floor_plan") return void load();
  const held = floor.map.racks.get(event.rack_id ?? "")?.holder?.name;
  floor.hear(name, event);
  opened.hear(name, event);
  side.hear(name, event, held);
}

/** For what drives the map from outside: a test of its speed. */
export { floor, hear };

/** @param {Rack | undefined} rack */
function openRack(rack) {
  if (rack) void opened.open(rack, past.at);
}
