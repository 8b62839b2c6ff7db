// @ts-check
/** The bars of a printed code, drawn by the browser so that they stay sharp on paper. */

/** @import { Bars } from "../core/types.js" */

const SVG = "http://www.w3.org/2000/svg";
/** Quiet zone on either side, in modules: what scanners ask for at least. */
const QUIET = 10;

/** @param {Bars} bars */
export function barCode({ code, modules }) {
  const svg = document.createElementNS(SVG, "svg");
  const path = document.createElementNS(SVG, "path");
  const runs = [...modules.matchAll(/1+/g)];
  path.setAttribute("d", runs.map(({ 0: run, index }) => `M${index + QUIET} 0h${run.length}v10h-${run.length}z`).join(""));
  svg.setAttribute("viewBox", `0 0 ${modules.length + 2 * QUIET} 10`);
  svg.setAttribute("preserveAspectRatio", "none");
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", code);
  svg.setAttribute("class", "bar-code");
  svg.append(path);
  return svg;
}
