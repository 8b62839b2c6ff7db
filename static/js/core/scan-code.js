// @ts-check
/** What a scanner sent, understood: which codes to look for in the catalogue, and what else it told. */
import { elementsOf, pieceInside, spellingsOf } from "./gs1.js";

/** @import { Elements } from "./gs1.js" */

/** AIM symbology identifier, which a scanner may be set to send: "]E0" and the like. */
const PREFIX = /^\](?<id>[A-Za-z]\d)(?=.)/;
const LONGEST = 64;

/**
 * @typedef {object} ScanCode
 * @property {string} text          as it came
 * @property {string | null} symbology  AIM identifier, such as `C1`
 * @property {Elements | null} gs1
 * @property {string} code          what to call it where the catalogue has no name for it
 * @property {string[]} candidates  codes to look up, best first
 * @property {string[]} inside      codes of the piece, where the code is a case's
 */

/**
 * @param {string} text
 * @returns {ScanCode}
 */
export function readCode(text) {
  const symbology = PREFIX.exec(text)?.groups?.["id"] ?? null;
  const gs1 = elementsOf(text);
  const bare = printable(text.replace(PREFIX, ""));
  const number = gs1?.gtin ?? bare;
  const candidates = gs1?.gtin ? shortestFirst(spellingsOf(gs1.gtin)) : spellingsOf(bare);
  const piece = pieceInside(number);
  return {
    text,
    symbology,
    gs1,
    code: candidates[0] ?? bare,
    candidates,
    inside: piece ? spellingsOf(piece) : [],
  };
}

/** In element strings the item number is padded to 14 digits; catalogues keep it as printed below the bars. @param {string[]} all */
function shortestFirst(all) {
  const usual = all.find((code) => code.length === 13);
  return usual ? [usual, ...all.filter((code) => code !== usual)] : all;
}

/** @param {string} text */
function printable(text) {
  return text.replace(/[\x00-\x1f\x7f]/g, "").trim().slice(0, LONGEST);
}
