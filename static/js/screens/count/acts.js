// @ts-check
/** Pause, go on, give the rack back: what the server must agree to. */
import { t, tn } from "../../core/texts.js";
import { ask } from "../../elements/ask-dialog.js";
import { wordsOf } from "../problems.js";

/** @import { Desk } from "./desk.js" */
/** @import { Session } from "./session.js" */

/**
 * @param {Desk} desk
 * @param {Session} session
 * @param {"pause" | "resume"} act
 * @returns {Promise<boolean>} whether it was done
 */
export async function askFor(desk, session, act) {
  try {
    await desk.api.post(`/api/racks/${encodeURIComponent(session.rack_id)}/${act}`);
    return true;
  } catch (error) {
    desk.toasts.say(wordsOf(error), "bad");
    return false;
  }
}

/**
 * @param {Desk} desk
 * @param {Session} session
 * @param {import("../../core/heartbeat.js").Heartbeat} beats  which must not revive what is given back
 * @returns {Promise<boolean>} whether the rack is free
 */
export async function release(desk, { rack_id, session_id }, beats) {
  const { waiting } = await desk.ledger.tally(session_id);
  const body = t("hud.release.body") + (waiting ? ` ${tn("hud.release.waiting", waiting)}` : "");
  if (!(await ask({ title: t("hud.release.title", { rack: rack_id }), body, yes: t("hud.release.yes") }))) return false;
  try {
    beats.stop();
    await desk.api.post(`/api/racks/${encodeURIComponent(rack_id)}/release`);
    desk.toasts.say(t("hud.released", { rack: rack_id }));
    return true;
  } catch (error) {
    desk.toasts.say(wordsOf(error), "bad");
    beats.start();
    return false;
  }
}
