// @ts-check
/** A promise's figures in words: the one number that matters, what it is, and what else was found. Pure. */
import { duration, moment, number, t, tn } from "./texts.js";

/** @import { PromiseNow } from "./types.js" */
/** @typedef {{main: string, label: string, sub: string}} Words */

const NONE = "–";

/** @type {Record<string, (figures: Record<string, any>) => Words>} */
const WORDS = {
  stored: ({ records, checked, missing }) => words("stored", number(records), tn("promise.stored.sub", checked, { n: number(checked), missing: number(missing) }), records),
  once: ({ serials }) => words("once", number(serials), t("promise.once.sub"), serials),
  unsent: ({ waiting, devices, oldest_s: oldest }) => words("unsent", number(waiting), waiting ? tn("promise.unsent.sub", devices, { n: number(devices), age: duration(oldest ?? 0) }) : t("promise.unsent.none"), waiting),
  holder: ({ held, doubly_held: twice }) => words("holder", number(held), t("promise.holder.sub", { n: number(twice) }), held),
  expiry: ({ ended, worst_s: worst, overdue }) => words("expiry", ended ? t("promise.seconds", { n: number(Math.round(worst * 100) / 100) }) : NONE, t("promise.expiry.sub", { n: number(overdue) }), ended, { n: number(ended) }),
  late: ({ open, oldest_s: oldest }) => words("late", number(open), open ? t("promise.late.sub", { age: duration(oldest ?? 0) }) : t("promise.late.none"), open),
  events: ({ missed, since }) => words("events", missed === null ? NONE : number(missed), since ? t("promise.events.sub", { at: moment(since) }) : t("promise.events.none"), missed ?? 0),
  chain: ({ upto, waiting, checked }) => words("chain", upto ? moment(upto) : NONE, upto ? tn("promise.chain.sub", waiting, { n: number(waiting), links: number(checked) }) : t("promise.chain.none"), 2),
  backup: ({ at }) => words("backup", at ? moment(at) : NONE, at ? t("promise.backup.sub") : t("promise.backup.none"), 2),
};

/** @param {PromiseNow} promise */
export function wordsOfPromise({ key, figures }) {
  return (WORDS[key] ?? (() => ({ main: NONE, label: "", sub: "" })))(figures);
}

/**
 * How all of them stand: the worst, and how many are kept.
 * @param {PromiseNow[]} promises
 * @returns {{standing: PromiseNow["standing"], kept: number}}
 */
export function standingOf(promises) {
  const has = (/** @type {string} */ standing) => promises.some((each) => each.standing === standing);
  const standing = has("broken") ? "broken" : has("watch") ? "watch" : "kept";
  return { standing, kept: promises.filter((each) => each.standing === "kept").length };
}

/**
 * @param {string} key
 * @param {string} main
 * @param {string} sub
 * @param {number} n
 * @param {Record<string, string>} [facts]
 * @returns {Words}
 */
function words(key, main, sub, n, facts = {}) {
  return { main, sub, label: tn(`promise.${key}.label`, n, facts) };
}
