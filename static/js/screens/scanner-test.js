// @ts-check
/** Shows what a scan sends: keys, timing, symbology prefix, GS1 elements. Needs no sign-in; counts nothing. */
import "./start.js";
import { reportOf } from "../core/tester.js";
import { number, t } from "../core/texts.js";
import { GS, isGroupSeparator } from "../core/wedge.js";
import { box, clone, part, write } from "../elements/parts.js";

/** @import { ScanReport, Stroke } from "../core/tester.js" */

/** A scanner that sends no Enter is noticed by its silence. */
const SILENCE_MS = 600;
const KEPT = 8;

/** @type {Stroke[]} */
let strokes = [];
/** @type {ReturnType<typeof setTimeout> | undefined} */
let silence;

document.addEventListener("keydown", (event) => {
  const { key, timeStamp: at } = event;
  const isChoice = event.target instanceof HTMLSelectElement || event.target instanceof HTMLAnchorElement;
  if (isChoice && strokes.length === 0 && key.length !== 1) return;
  clearTimeout(silence);
  if (isGroupSeparator(event)) strokes.push({ key: GS, at });
  else if (event.ctrlKey || event.metaKey || event.altKey) return;
  else if (key.length === 1) strokes.push({ key, at });
  else if ((key === "Enter" || key === "Tab") && strokes.length) return finish(event);
  else return;
  event.preventDefault();
  silence = setTimeout(() => show(null), SILENCE_MS);
});

/** @param {KeyboardEvent} event */
function finish(event) {
  event.preventDefault();
  show({ key: event.key, at: event.timeStamp });
}

/** @param {Stroke | null} end */
function show(end) {
  const report = reportOf(strokes, end);
  const { text, verdict, ends, ms, gap, code } = report;
  const card = box(document, "report");
  card.dataset["verdict"] = verdict;
  box(document, "waiting").hidden = true;
  card.hidden = false;
  write(card, "verdict", t(`tester.${verdict}`));
  write(card, "text", visible(text));
  write(card, "symbology", code.symbology ? `]${code.symbology}` : t("tester.symbology_none"));
  write(card, "keys", t("tester.keys_value", { n: strokes.length, ms, gap }));
  write(card, "ends", ends ?? t("tester.ends_none"));
  write(card, "lookup", [...code.candidates, ...code.inside].join(", "));
  showElements(card, report);
  rows(card, "strokes", strokes.map(({ key, at }, i) => [visible(key), `${number(Math.round(at - (strokes[i - 1]?.at ?? at)))} ms`]));
  remember(report);
  strokes = [];
}

/**
 * @param {HTMLElement} card
 * @param {ScanReport} report
 */
function showElements(card, { code }) {
  const all = code.gs1?.all ?? [];
  box(card, "gs1").hidden = all.length === 0;
  box(card, "gs1-none").hidden = all.length > 0;
  rows(card, "elements", all.map(({ ai, title, value }) => [`(${ai})`, title, value]));
}

/**
 * @param {HTMLElement} card
 * @param {string} name
 * @param {string[][]} lines
 */
function rows(card, name, lines) {
  const made = lines.map((cells) => {
    const row = document.createElement("tr");
    for (const text of cells) row.append(Object.assign(document.createElement("td"), { textContent: text }));
    return row;
  });
  part(card, name, HTMLTableSectionElement).replaceChildren(...made);
}

/** @param {ScanReport} report */
function remember({ text, verdict }) {
  const list = box(document, "history");
  const line = clone("scan");
  line.dataset["verdict"] = verdict;
  write(line, "text", visible(text));
  write(line, "verdict", t(`tester.${verdict}`));
  list.prepend(line);
  while (list.childElementCount > KEPT) list.lastElementChild?.remove();
  box(document, "history-part").hidden = false;
}

/** Control characters as people see them: ␝ for FNC1. @param {string} text */
function visible(text) {
  return text.replace(/[\x00-\x20]/g, (char) => String.fromCharCode(0x2400 + char.charCodeAt(0)));
}
