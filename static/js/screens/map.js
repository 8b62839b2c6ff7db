// @ts-check
/** The supervisor's rack map: one load, then live events; each event redraws only what it touches. */
import { api } from "./start.js";
import { lineOf } from "../core/feed.js";
import { FloorMap } from "../core/floor-map.js";
import { t } from "../core/texts.js";
import { EventFeed } from "../elements/event-feed.js";
import { LookFilter } from "../elements/look-filter.js";
import { box, part, tell } from "../elements/parts.js";
import { RackDrawer } from "../elements/rack-drawer.js";
import { RackMap } from "../elements/rack-map.js";
import { wordsOf } from "./problems.js";
import { openShell } from "./shell.js";

/** @import { LiveEvent, Rack } from "../core/types.js" */

/** Ages of heartbeats are redrawn this often. */
const TICK_MS = 5_000;
const RETRY_MS = 3_000;

const shell = await openShell(() => !document.querySelector("dialog[open]"));
const { live, user, toasts } = shell;
const map = new FloorMap();
const view = /** @type {RackMap} */ (document.querySelector("rack-map"));
const looks = /** @type {LookFilter} */ (document.querySelector("look-filter"));
const feed = /** @type {EventFeed} */ (document.querySelector("event-feed"));
const floor = part(document, "floor", HTMLSelectElement);
const maySteer = user.role === "supervisor" || user.role === "admin";
const drawer = new RackDrawer(/** @type {HTMLDialogElement} */ (document.getElementById("drawer")), maySteer);

let loaded = false;
/** @type {Set<string>} */
const changed = new Set();

live.addEventListener("event", (event) => {
  const { name, event: told } = /** @type {CustomEvent} */ (event).detail;
  hear(name, told);
});
live.addEventListener("state", tellState);
floor.addEventListener("change", filter);
looks.addEventListener("change", filter);
view.addEventListener("open", (event) => void openDrawer(/** @type {CustomEvent} */ (event).detail.rack));
drawer.onsteer = (rackId, act, reason) => void steer(rackId, act, reason);
setInterval(() => view.tick(), TICK_MS);
live.watch({});
// Where no live line comes up, show at least how it stands.
setTimeout(() => loaded || void load(), RETRY_MS);

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
    drawAll(racks);
  } catch (error) {
    tell(document, "loading", wordsOf(error));
    setTimeout(() => loaded || void load(), RETRY_MS);
  }
}

/** @param {Rack[]} racks */
function drawAll(racks) {
  map.load(racks);
  loaded = true;
  tell(document, "loading", racks.length ? null : t("map.empty"));
  const names = map.floors;
  if (floor.options.length !== names.length + 1) {
    floor.replaceChildren(/** @type {Node} */ (floor.options[0]), ...names.map((name) => new Option(name, name)));
  }
  view.draw(map);
  looks.sums = map.tally();
}

/**
 * @param {string} name
 * @param {LiveEvent} event
 */
function hear(name, event) {
  if (name === "snapshot") return drawAll(event.racks ?? []);
  if (name === "floor_plan") return void load();
  const held = map.racks.get(event.rack_id ?? "")?.holder?.name;
  const rack = map.apply(name, event);
  if (rack) {
    if (changed.size === 0) requestAnimationFrame(redraw);
    changed.add(rack.rack_id);
  }
  const line = lineOf(name, event, held);
  if (line) feed.add(line);
}

/** All that changed since the last frame, once. */
function redraw() {
  for (const id of changed) {
    const rack = map.racks.get(id);
    if (!rack) continue;
    view.update(rack);
    if (drawer.rack?.rack_id === id) drawer.show(rack);
  }
  changed.clear();
  looks.sums = map.tally();
  view.summarize(map);
}

function filter() {
  view.filter(looks.switchedOff, floor.value);
}

function tellState() {
  /** @type {Record<string, string | null>} */
  const words = { offline: t("map.offline"), catching_up: t("map.catching_up"), behind: t("map.behind") };
  const text = loaded ? (words[live.state] ?? null) : null;
  tell(document, "notice-text", text);
  box(document, "notice").hidden = !text;
}

/** @param {Rack} rack */
async function openDrawer(rack) {
  drawer.open(rack);
  const fresh = await api.get(`/api/racks/${encodeURIComponent(rack.rack_id)}/status`).catch(() => null);
  if (fresh && drawer.rack?.rack_id === rack.rack_id) drawer.show({ ...rack, ...fresh });
  if (!rack.session_id) return;
  const stats = await api.get(`/api/sessions/${encodeURIComponent(rack.session_id)}/stats`).catch(() => null);
  if (drawer.rack?.rack_id === rack.rack_id) drawer.stats = stats;
}

/**
 * @param {string} rackId
 * @param {string} act
 * @param {string} reason
 */
async function steer(rackId, act, reason) {
  try {
    await api.post(`/api/racks/${encodeURIComponent(rackId)}/${act}`, { reason });
    drawer.close();
    toasts.say(t(act === "recount" ? "drawer.recounted" : "drawer.released", { rack: rackId }));
  } catch (error) {
    drawer.error = wordsOf(error);
  }
}
