// @ts-check
/** What a scanner sends, understood: for the page that helps to set one up. Keys and times in, a report out. */
import { readCode } from "./scan-code.js";
import { MAX_GAP_MS, Wedge } from "./wedge.js";

/** @typedef {{key: string, at: number}} Stroke */

/**
 * @typedef {object} ScanReport
 * @property {string} text
 * @property {"good" | "slow" | "short" | "unended"} verdict
 * @property {string | null} ends     the key after the code
 * @property {number} ms
 * @property {number} gap             the longest pause between keys, in ms
 * @property {import("./scan-code.js").ScanCode} code
 */

/**
 * @param {Stroke[]} strokes  printable keys
 * @param {Stroke | null} end Enter or Tab
 * @returns {ScanReport}
 */
export function reportOf(strokes, end) {
  const text = strokes.map(({ key }) => key).join("");
  const all = end ? [...strokes, end] : strokes;
  const gaps = all.slice(1).map(({ at }, i) => at - (all[i]?.at ?? at));
  const wedge = new Wedge();
  for (const { key, at } of strokes) wedge.type(key, at);
  const isScan = end !== null && wedge.enter(end.at) === text;
  const gap = Math.max(0, ...gaps);
  const verdict = isScan ? "good" : gap > MAX_GAP_MS ? "slow" : end ? "short" : "unended";
  const ms = (all.at(-1)?.at ?? 0) - (all[0]?.at ?? 0);
  return { text, verdict, ends: end?.key ?? null, ms: Math.round(ms), gap: Math.round(gap), code: readCode(text) };
}
