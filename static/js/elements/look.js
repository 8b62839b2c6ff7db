// @ts-check
/** How a state of a rack is drawn: an icon each, beside its colour, pattern and word. */

/** @import { RackLook } from "../core/floor-map.js" */

/** @type {Record<RackLook, string>} */
export const LOOK_ICONS = { available: "free", active: "play", paused: "pause", completed: "check", recount: "recount" };
