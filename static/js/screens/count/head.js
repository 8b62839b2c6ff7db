// @ts-check
/** The rack's head: which rack, whose pass, whether the count is blind, and how long the lease still lasts. */
import { t } from "../../core/texts.js";
import { LeaseClock } from "../../elements/lease-clock.js";
import { tell, write } from "../../elements/parts.js";

/** @import { Lease } from "../../core/lease.js" */
/** @import { Session } from "./session.js" */

/**
 * @param {HTMLElement} root
 * @param {Session} session
 * @param {Lease} lease
 */
export function showHead(root, { rack_id, floor, pass, blind }, lease) {
  write(root, "rack", rack_id);
  write(root, "floor", floor);
  write(root, "pass", t("hud.pass", { n: pass }));
  tell(root, "blind", blind ? t("hud.blind") : null);
  /** @type {LeaseClock} */ (root.querySelector("lease-clock")).lease = lease;
}
