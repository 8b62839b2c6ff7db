// @ts-check
/** Which count lines are shown: as a filter, as the address of the screen, as the API asks for it. */

/** @import { LineStatus } from "./types.js" */

/**
 * @typedef {object} LineFilter
 * @property {string} stocktake   empty: the newest open one
 * @property {string} floor
 * @property {string} rack
 * @property {string} item
 * @property {LineStatus[]} status  empty: all
 * @property {string} variance    outside, within, over, short or none
 * @property {boolean} unknown    only what the catalogue lacks
 * @property {boolean} damaged
 */

/** @type {LineStatus[]} */
export const STATUSES = ["disputed", "counted", "waiting", "recount", "uncounted", "agreed", "approved", "rejected"];
export const VARIANCES = ["outside", "within", "short", "over", "none"];
/** What only a supervisor can bring to an end. @type {LineStatus[]} */
export const TO_DECIDE = ["disputed", "counted"];
/** Nothing changes these any more. @type {LineStatus[]} */
export const FROZEN = ["approved", "rejected"];

/** @type {Readonly<LineFilter>} */
export const NO_FILTER = { stocktake: "", floor: "", rack: "", item: "", status: [], variance: "", unknown: false, damaged: false };

/**
 * The query of the API and of the screen's address; both have the same words.
 * @param {LineFilter} filter
 * @param {{limit?: number, cursor?: string | null}} [page]
 */
export function queryOf({ stocktake, floor, rack, item, status, variance, unknown, damaged }, { limit, cursor } = {}) {
  const asked = {
    stocktake, floor, rack, item, status: status.join(","), variance, known: unknown ? "false" : "", damaged: damaged ? "true" : "",
    limit: limit ? String(limit) : "", cursor: cursor ?? "",
  };
  return new URLSearchParams(Object.entries(asked).filter(([, value]) => value)).toString();
}

/**
 * The filter that an address asks for; one that asks for nothing shows what waits for a decision.
 * @param {string} search
 * @returns {LineFilter}
 */
export function filterOf(search) {
  const asked = new URLSearchParams(search);
  const text = (/** @type {string} */ name) => asked.get(name) ?? "";
  const named = text("status").split(",").filter(isStatus);
  const status = [...asked.keys()].some((name) => name !== "stocktake") ? named : TO_DECIDE;
  const variance = VARIANCES.includes(text("variance")) ? text("variance") : "";
  return {
    stocktake: text("stocktake"), floor: text("floor"), rack: text("rack"), item: text("item"), status: [...status], variance,
    unknown: text("known") === "false", damaged: text("damaged") === "true",
  };
}

/**
 * The same as the body of a decision on all that match.
 * @param {LineFilter} filter
 */
export function bodyOf({ stocktake, floor, rack, item, status, variance, unknown, damaged }) {
  const told = Object.entries({ stocktake, floor, rack, item, variance }).filter(([, value]) => value);
  return { ...Object.fromEntries(told), status, damaged, ...(unknown && { known: false }) };
}

/** @param {string} word @returns {word is LineStatus} */
function isStatus(word) {
  return STATUSES.includes(/** @type {LineStatus} */ (word));
}
