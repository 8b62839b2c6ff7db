// @ts-check
/** Stocktakes: the list, the one that is chosen and how far it is; live. */
import "./start.js";
import { moment, t } from "../core/texts.js";
import { box, clone, tell, write } from "../elements/parts.js";
import { wordsOf } from "./problems.js";
import { openShell } from "./shell.js";
import { Closing } from "./stocktakes/closing.js";
import { showLate } from "./stocktakes/late.js";
import { Opening } from "./stocktakes/opening.js";
import { showOverview } from "./stocktakes/overview.js";
import { ProofPanel } from "./stocktakes/proof.js";
import { showRacks } from "./stocktakes/racks.js";
import { WhatIfPanel } from "./stocktakes/what-if.js";

/** @import { LateCount, LiveEvent, Stocktake } from "../core/types.js" */

/** Counts come in from many racks at once: look once after them. */
const LOOK_MS = 500;
const ROOT = "/api/stocktakes";

const shell = await openShell(() => !document.querySelector("dialog[open]"));
const { api, live, toasts, user } = shell;
if (user.role === "counter" || user.role === "device") location.replace("/count");

const maySteer = user.role === "supervisor" || user.role === "admin";
const opening = new Opening(shell);
const closing = new Closing(shell, maySteer);
const whatIf = new WhatIfPanel(shell);
const proof = new ProofPanel(shell);
let chosen = new URLSearchParams(location.search).get("id") ?? "";
let shown = "";
let round = 0;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;

box(document, "new").hidden = !maySteer;
box(document, "new").addEventListener("click", () => void opening.ask());
opening.onopen = (stocktake) => {
  toasts.say(t("stocktakes.opened", { name: stocktake.name }));
  choose(stocktake.stocktake_id);
};
closing.onclosed = (stocktake) => {
  toasts.say(t("stocktakes.closed_now", { name: stocktake.name }));
  void load();
};
box(document, "takes").addEventListener("click", (event) => {
  const link = event.target instanceof Element ? event.target.closest("a") : null;
  if (!link || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  choose(new URL(link.href).searchParams.get("id") ?? "");
  box(document, "take-name").focus();
});
box(document, "adjusts").addEventListener("click", ({ target }) => {
  const button = target instanceof Element ? target.closest("button") : null;
  if (button) void download(button.dataset["format"] ?? "csv");
});
addEventListener("popstate", () => {
  chosen = new URLSearchParams(location.search).get("id") ?? "";
  void load();
});
live.addEventListener("event", (event) => hear(/** @type {CustomEvent} */ (event).detail));
live.addEventListener("state", () => {
  box(document, "notice").hidden = live.state !== "offline" && live.state !== "behind";
  write(document, "notice-text", t("desk.offline"));
  if (live.state === "live") soon();
});
await load();
live.watch({});

/** @param {string} id */
function choose(id) {
  chosen = id;
  history.pushState(null, "", `?id=${encodeURIComponent(id)}`);
  box(document, "close-error").hidden = true;
  void load();
}

async function load() {
  const mine = (round += 1);
  try {
    /** @type {{stocktakes: Stocktake[]}} */
    const { stocktakes } = await api.get(ROOT);
    const id = chosen || stocktakes[0]?.stocktake_id;
    if (mine !== round) return;
    tell(document, "empty", null);
    box(document, "takes").replaceChildren(...stocktakes.map((each) => cardOf(each, each.stocktake_id === id)));
    if (id) await show(id, mine);
  } catch (error) {
    if (mine === round) tell(document, "empty", t("stocktakes.failed", { why: wordsOf(error) }));
  }
}

/**
 * @param {string} id
 * @param {number} mine
 */
async function show(id, mine) {
  const path = `${ROOT}/${encodeURIComponent(id)}`;
  const progress = await api.get(path);
  const parts = ["racks", "late-counts", "custody/state"].map((each) => api.get(`${path}/${each}`));
  const [{ racks }, { late_counts: late }, custody] = await Promise.all(parts);
  if (mine !== round) return;
  const { stocktake } = progress;
  const isOpen = stocktake.status === "open";
  shown = id;
  box(document, "one").hidden = false;
  showOverview(progress);
  closing.show(stocktake);
  showLate(isOpen ? late : [], maySteer ? (count) => void takeIn(stocktake, count) : null);
  showRacks(stocktake, racks);
  whatIf.show(stocktake);
  proof.show(stocktake, custody);
}

/**
 * @param {Stocktake} stocktake
 * @param {LateCount} count
 */
async function takeIn({ stocktake_id: id }, { session_id, rack_id, holder }) {
  try {
    await api.post(`${ROOT}/${encodeURIComponent(id)}/late-counts/${encodeURIComponent(session_id)}`);
    toasts.say(t("stocktakes.late_taken", { who: holder.name, rack: rack_id }));
  } catch (error) {
    toasts.say(wordsOf(error), "bad");
  }
  await load();
}

/** A file of all that is settled. Whoever's sign-in ran out meanwhile is signed in again first. @param {string} format */
async function download(format) {
  await api.get("/api/auth/me").catch(() => null);
  location.assign(`${ROOT}/${encodeURIComponent(shown)}/adjustments?format=${format}`);
}

function soon() {
  clearTimeout(timer);
  timer = setTimeout(() => void load(), LOOK_MS);
}

/** @param {{name: string, event: LiveEvent}} told */
function hear({ name, event }) {
  const isProgress = event.type === "progress" || event.type === "renewed" || event.type === "heartbeat";
  if (["lines:update", "stocktake:update", "conflict:new", "conflict:resolved"].includes(name)) soon();
  else if (name === "rack:update" && !isProgress) soon();
}

/**
 * @param {Stocktake} stocktake
 * @param {boolean} isChosen
 */
function cardOf(stocktake, isChosen) {
  const root = clone("take");
  const link = /** @type {HTMLAnchorElement} */ (root.querySelector("a"));
  link.href = `?id=${encodeURIComponent(stocktake.stocktake_id)}`;
  if (isChosen) link.setAttribute("aria-current", "true");
  write(root, "name", stocktake.name);
  box(root, "state").dataset["state"] = stocktake.status;
  write(root, "state", t(`stocktakes.${stocktake.status}`));
  write(root, "when", moment(stocktake.closed_at ?? stocktake.created_at));
  const options = [stocktake.floors.length ? stocktake.floors.join(", ") : t("stocktakes.all_floors")];
  if (stocktake.blind) options.push(t("stocktakes.blind"));
  if (stocktake.double_count) options.push(t("stocktakes.double"));
  write(root, "options", options.join(" · "));
  return root;
}
