// @ts-check
/** Administration: one section at a time, those that the role may see. */
import "./start.js";
import { box } from "../elements/parts.js";
import { openActivity } from "./admin/activity.js";
import { openDevices } from "./admin/devices.js";
import { openErrors } from "./admin/errors.js";
import { openRacks } from "./admin/racks.js";
import { openSettings } from "./admin/settings.js";
import { openUsers } from "./admin/users.js";
import { openShell } from "./shell.js";

/** @import { Shell } from "./shell.js" */
/** @import { Role } from "../core/types.js" */

/** @typedef {Shell & {mayChange: boolean}} Desk */
/** @typedef {{roles: Role[], changes: Role[], open: (section: HTMLElement, desk: Desk) => void}} Section */

/** @type {Record<string, Section>} */
const SECTIONS = {
  users: { roles: ["admin", "auditor"], changes: ["admin"], open: openUsers },
  devices: { roles: ["admin", "auditor"], changes: ["admin"], open: openDevices },
  racks: { roles: ["admin", "supervisor", "auditor"], changes: ["admin", "supervisor"], open: openRacks },
  activity: { roles: ["admin", "supervisor", "auditor"], changes: [], open: openActivity },
  errors: { roles: ["admin", "supervisor", "auditor"], changes: ["admin", "supervisor"], open: openErrors },
  settings: { roles: ["admin", "auditor"], changes: [], open: openSettings },
};

const shell = await openShell(() => !document.querySelector("dialog[open]"));
const { role } = shell.user;
const mine = Object.keys(SECTIONS).filter((name) => SECTIONS[name]?.roles.includes(role));
/** @type {Set<string>} */
const opened = new Set();

if (mine.length === 0) location.replace("/");
box(document, "reads-only").hidden = role !== "auditor";
for (const name of mine) link(name).hidden = false;
addEventListener("hashchange", show);
shell.live.watch({});
show();

/** The section that the address names, else the first. */
function show() {
  const asked = location.hash.slice(1);
  const name = mine.includes(asked) ? asked : mine[0];
  if (!name) return;
  for (const other of Object.keys(SECTIONS)) {
    section(other).hidden = other !== name;
    if (other === name) link(other).setAttribute("aria-current", "page"), link(other).scrollIntoView({ block: "nearest" });
    else link(other).removeAttribute("aria-current");
  }
  if (opened.has(name)) return;
  opened.add(name);
  SECTIONS[name]?.open(section(name), { ...shell, mayChange: !!SECTIONS[name]?.changes.includes(role) });
}

/** @param {string} name */
function section(name) {
  return /** @type {HTMLElement} */ (document.getElementById(name));
}

/** @param {string} name */
function link(name) {
  return /** @type {HTMLElement} */ (document.querySelector(`[data-section="${name}"]`));
}
