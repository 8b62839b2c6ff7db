// @ts-check
/** Reports: the dashboard, a query of one's own, what was kept, and what changed between two of these. */
import "./start.js";
import { box } from "../elements/parts.js";
import { openAsk } from "./reports/ask.js";
import { openDashboard } from "./reports/dashboard.js";
import { openKept } from "./reports/kept.js";
import { openShell } from "./shell.js";

/** @import { Query } from "../core/report-query.js" */
/** @import { Shell } from "./shell.js" */

/** @typedef {Shell & {mayKeep: boolean}} Desk */

const READERS = ["supervisor", "admin", "auditor"];
const SECTIONS = { dashboard: openDashboard, ask: openAsk, kept: openKept };
/** @typedef {keyof typeof SECTIONS} Name */

const shell = await openShell(() => !document.querySelector("dialog[open]"));
const { role } = shell.user;
if (!READERS.includes(role)) location.replace("/");
const desk = { ...shell, mayKeep: role !== "auditor" };
/** @type {Partial<Record<Name, (query?: Query) => void>>} */
const opened = {};

addEventListener("hashchange", show);
shell.live.watch({});
show();

/** The section that the address names; `#ask=` carries a query. */
function show() {
  const [asked = "", carried = ""] = location.hash.slice(1).split("=", 2);
  const name = /** @type {Name} */ (asked in SECTIONS ? asked : "dashboard");
  for (const other of Object.keys(SECTIONS)) {
    box(document, `section-${other}`).hidden = other !== name;
    const link = box(document, `to-${other}`);
    if (other === name) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  const section = box(document, `section-${name}`);
  const again = (opened[name] ??= SECTIONS[name](section, desk));
  again(queryIn(carried));
}

/** @param {string} carried */
function queryIn(carried) {
  try {
    return carried ? /** @type {Query} */ (JSON.parse(decodeURIComponent(carried))) : undefined;
  } catch {
    return undefined;
  }
}
