// @ts-check
/** The counter's screen: choose a rack, or go on with the one this device was at, even without a network. */
import { api, device } from "./start.js";
import { t } from "../core/texts.js";
import { box, write } from "../elements/parts.js";
import { Choosing } from "./count/choosing.js";
import { Hud } from "./count/hud.js";
import { forgetSession, keepSession, keptSession } from "./count/session.js";
import { openShell } from "./shell.js";

/** @import { Session } from "./count/session.js" */

const shell = await openShell();
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
  show("choose");
  if (!shell.live.socket.connected) shell.live.watch({});
  void choosing.load();
}

/** @param {Session} session */
async function count(session) {
  await keepSession(shell.db, session);
  void navigator.storage?.persist?.();
  hud?.close();
  hud = new Hud(shell, session, { api, onleave: leave, ondone: finished });
  show("hud");
  await hud.open();
}

/** Away from this rack, which stays as it is. */
async function leave() {
  hud?.close();
  hud = null;
  await forgetSession(shell.db);
  choose();
}

/**
 * @param {Session} session
 * @param {import("../core/types.js").Progress | null} progress
 */
async function finished(session, progress) {
  hud?.close();
  hud = null;
  await forgetSession(shell.db);
  show("done");
  write(document, "done-title", t("finish.done", { rack: session.rack_id }));
  const { items, pieces, records } = progress ?? { items: 0, pieces: 0, records: 0 };
  write(document, "done-summary", progress ? t("finish.summary", { items, pieces, records }) : "");
  box(document, "done-title").focus();
}
