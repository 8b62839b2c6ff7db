// @ts-check
/** The counter's screen: choose a rack, or go on with the one this device was at, even without a network. */
import { api, device } from "./start.js";
import { box } from "../elements/parts.js";
import { Choosing } from "./count/choosing.js";
import { ConflictWindow } from "./count/conflict-window.js";
import { showDone } from "./count/done.js";
import { openDesk } from "./count/desk.js";
import { Hud } from "./count/hud.js";
import { forgetSession, keepSession, keptSession } from "./count/session.js";
import { openShell } from "./shell.js";

/** @import { Session } from "./count/session.js" */

/** Roles whose work is here; the others' installed app opens the map. */
const COUNTS = ["counter", "device"];

/** @type {AbortController | null} */
let counting = null;
/** Whether the page may be left without asking: not before it is clear that no rack goes on. */
let isFree = false;

const shell = await openShell(() => isFree);
if (new URLSearchParams(location.search).has("start") && !COUNTS.includes(shell.user.role)) location.replace("/map");
const desk = openDesk(shell);
const conflicts = new ConflictWindow(desk);
conflicts.onedit = (id) => hud?.edit(id);
const choosing = new Choosing(shell, device);
/** @type {Hud | null} */
let hud = null;

choosing.onheld = (session) => void count(session);
box(document, "next").addEventListener("click", choose);
box(document, "switch").addEventListener("click", () => void leave());
const kept = await keptSession(shell.db, shell.user.user_id);
if (kept) await count(kept);
else choose();

/** @param {"choose" | "hud" | "done"} view */
function show(view) {
  for (const name of ["choose", "hud", "done"]) box(document, name).hidden = name !== view;
  scrollTo(0, 0);
}

function choose() {
  isFree = true;
  show("choose");
  if (!shell.live.socket.connected) shell.live.watch({});
  void choosing.load();
}

/** @param {Session} session */
async function count(session) {
  isFree = false;
  await keepSession(shell.db, session);
  void navigator.storage?.persist?.();
  hud?.close();
  if (!counting) {
    counting = new AbortController();
    void shell.installed.whileCounting(counting.signal);
  }
  conflicts.sessionId = session.session_id;
  hud = new Hud(desk, session, { api, onleave: leave, ondone: finished });
  show("hud");
  void shell.kept.get("/api/racks/user/active").catch(() => {});
  await hud.open();
}

function stop() {
  conflicts.sessionId = null;
  hud?.close();
  hud = null;
  counting?.abort();
  counting = null;
}

/** Away from this rack, which stays as it is. */
async function leave() {
  stop();
  await forgetSession(shell.db);
  choose();
}

/**
 * @param {Session} session
 * @param {import("../core/types.js").Progress | null} progress
 */
async function finished(session, progress) {
  const figures = (await hud?.figures.summary()) ?? { seconds: 0, pace: null };
  stop();
  isFree = true;
  await forgetSession(shell.db);
  show("done");
  showDone(desk, session, { progress, ...figures });
}
