// @ts-check
/** Reports: the dashboard, a query of one's own, what was kept, what changed, and what is made by the clock. */
import "./start.js";
import { box } from "../elements/parts.js";
import { openAsk } from "./reports/ask.js";
import { openDashboard } from "./reports/dashboard.js";
import { openKept } from "./reports/kept.js";
import { openSchedules } from "./reports/schedules.js";
import { openSerial } from "./reports/serial.js";
import { openShell } from "./shell.js";

/** @import { Query } from "../core/report-query.js" */
/** @import { Shell } from "./shell.js" */

/** @typedef {Shell & {mayKeep: boolean}} Desk */

const READERS = ["supervisor", "admin", "auditor"];
const SECTIONS = { dashboard: openDashboard, ask: openAsk, kept: openKept, schedules: openSchedules, serial: openSerial };
/** @typedef {keyof typeof SECTIONS} Name */

const shell = await openShell(() => !document.querySelector("dialog[open]"));
const { role } = shell.user;
if (!READERS.includes(role)) location.replace("/");
const desk = { ...shell, mayKeep: role !== "auditor" };
/** @type {Partial<Record<Name, (carried?: Query | string) => void>>} */
const opened = {};

addEventListener("hashchange", show);
shell.live.watch({});
show();

/** The section that the address names; `#ask=` carries a query, `#kept=` a snapshot, `#serial=` a number. */
function show() {
  const [asked = "", carried = ""] = location.hash.slice(1).split("=", 2);
  const name = /** @type {Name} */ (asked in SECTIONS ? asked : "dashboard");
  for (const other of Object.keys(SECTIONS)) {
    box(document, `section-${other}`).hidden = other !== name;
    const link = box(document, `to-${other}`);
    if (other === name) {
      link.setAttribute("aria-current", "page");
      link.scrollIntoView({ block: "nearest", inline: "nearest" });
    } else link.removeAttribute("aria-current");
  }
  const section = box(document, `section-${name}`);
  const again = (opened[name] ??= SECTIONS[name](section, desk));
  again(carriedIn(carried));
}

/** What is no JSON is the id of a snapshot. @param {string} carried */
function carriedIn(carried) {
  try {
    return carried ? /** @type {Query | string} */ (JSON.parse(decodeURIComponent(carried))) : undefined;
  } catch {
    return carried;
  }
}
