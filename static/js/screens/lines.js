// @ts-check
/** Count lines: the list on one side, one line or many on the other; decisions by hand, by keyboard, by filter. */
import "./start.js";
import { filterOf } from "../core/line-filter.js";
import { t } from "../core/texts.js";
import { LineDetail } from "../elements/line-detail.js";
import { box, write } from "../elements/parts.js";
import { Deciding } from "./lines/deciding.js";
import { Finding } from "./lines/finding.js";
import { LineKeys } from "./lines/keys.js";
import { Lines, ROOT } from "./lines/list.js";
import { openShell } from "./shell.js";

/** Who walks through the list does not want the history of every line on the way. */
const REST_MS = 180;
/** Below this the list and the line are two steps. */
const narrow = matchMedia("(max-width: 63.99rem)");

const shell = await openShell(() => !document.querySelector("dialog[open]"));
const { api, live, toasts, user } = shell;
if (user.role === "counter" || user.role === "device") location.replace("/count");

const mayDecide = user.role === "supervisor" || user.role === "admin";
const lines = new Lines(shell, filterOf(location.search), mayDecide);
const detail = /** @type {LineDetail} */ (document.querySelector("line-detail"));
const deciding = new Deciding(lines);
const finding = new Finding(lines);
detail.mayDecide = mayDecide;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let resting;
let shown = "";

lines.addEventListener("open", (event) => {
  box(document, "outcome").hidden = true;
  showOne(true);
  if (/** @type {CustomEvent} */ (event).detail.byHand) step("line");
});
lines.addEventListener("fresh", () => (deciding.about === "one" ? showOne() : showMany(deciding.about)));
lines.addEventListener("picks", () => (lines.list.picked.size ? showMany("picked") : showOne(true)));
detail.addEventListener("take", (event) => deciding.choose("approve", /** @type {CustomEvent} */ (event).detail.fence));
deciding.addEventListener("decided", (event) => {
  const { text, isPartly } = /** @type {CustomEvent} */ (event).detail;
  const wasOne = deciding.about === "one";
  toasts.say(text, isPartly ? "warn" : "good");
  lines.show();
  if (wasOne) lines.list.moveOn();
  showOne(true);
  if (isPartly) tellOutcome(text);
  step("list");
  lines.table.focusOn(lines.list.current);
  lines.soon();
});
box(document, "all").addEventListener("click", () => {
  showMany("all");
  step("line");
});
box(document, "picks-go").addEventListener("click", () => step("line"));
box(document, "back").addEventListener("click", () => back());
addEventListener("popstate", () => step("list", false));

new LineKeys(lines, deciding, { enter: () => step("line"), back });
write(document, "keys", t("lines.keys", { keys: "j k", pick: "␣", acts: "a r x z" }));
box(document, "keys").hidden = !mayDecide;

await Promise.all([lines.load(), finding.open()]);
live.watch({});

/** The line at hand. @param {boolean} [isNew]  whether it may be another than before */
function showOne(isNew = false) {
  const { line } = lines.list;
  box(document, "many").hidden = true;
  box(document, "none").hidden = Boolean(line);
  detail.hidden = !line;
  deciding.ask("one");
  if (!line) return;
  detail.mayDecide = mayDecide && lines.isOpen;
  detail.show(line);
  const now = `${line.line_id} ${line.rev}`;
  if (now === shown) return;
  if (isNew) detail.history = null;
  shown = now;
  clearTimeout(resting);
  resting = setTimeout(() => void showHistory(line.line_id), REST_MS);
}

/** @param {string} id */
async function showHistory(id) {
  const told = await api.get(`${ROOT}/${encodeURIComponent(id)}/history`).catch(() => null);
  if (lines.list.current === id) detail.history = told;
}

/** @param {"picked" | "all"} about */
function showMany(about) {
  box(document, "none").hidden = true;
  detail.hidden = true;
  box(document, "many").hidden = false;
  write(document, "many-title", t(about === "all" ? "lines.many_all" : "lines.many_picked"));
  write(document, "many-text", t("lines.many_text"));
  deciding.ask(about);
}

/** @param {string} text */
function tellOutcome(text) {
  write(document, "outcome-text", text);
  box(document, "outcome").hidden = false;
}

/**
 * On a phone the list and the line are two steps, and the phone's own Back leads from one to the other.
 * @param {"list" | "line"} name
 * @param {boolean} [told]  whether the browser has to hear of it
 */
function step(name, told = true) {
  const before = document.body.dataset["step"] ?? "list";
  document.body.dataset["step"] = name;
  const title = document.getElementById(box(document, "many").hidden ? "detail-title" : "many-title");
  if (name === "line") title?.focus();
  if (!narrow.matches || before === name) return;
  if (told && name === "line") history.pushState({ step: name }, "");
  if (told && name === "list" && history.state?.step === "line") history.back();
  if (name === "list") lines.table.focusOn(lines.list.current);
}

function back() {
  step("list");
  lines.table.focusOn(lines.list.current);
}
