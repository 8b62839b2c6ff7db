// @ts-check
/** Every text a person reads comes from one catalogue a language: static/texts/<lang>.json. */

/** @typedef {keyof typeof import("../../texts/en.json")} TextKey */

/** A hyphen is too short to be seen before a figure. */
const MINUS = "\u2212";

/** @type {Record<string, string>} */
let catalogue = {};
let lang = "en";
let plurals = new Intl.PluralRules("en");
let numbers = new Intl.NumberFormat("en", { maximumFractionDigits: 3 });

/**
 * Choose the language once, before the first text is asked for.
 * @param {Record<string, string>} texts
 * @param {string} language
 */
export function speak(texts, language) {
  catalogue = texts;
  lang = language;
  plurals = new Intl.PluralRules(language);
  numbers = new Intl.NumberFormat(language, { maximumFractionDigits: 3 });
}

/**
 * The text of a key, its {names} filled in; numbers are written the language's way.
 * @param {TextKey} key
 * @param {Record<string, string | number>} [facts]
 */
export function t(key, facts = {}) {
  return fill(catalogue[key] ?? key, facts);
}

/**
 * The text for a number of things: picks `key.one`, `key.other`, … by the language's rules.
 * @param {string} key
 * @param {number} n
 * @param {Record<string, string | number>} [facts]
 */
export function tn(key, n, facts = {}) {
  const text = catalogue[`${key}.${plurals.select(n)}`] ?? catalogue[`${key}.other`] ?? key;
  return fill(text, { n, ...facts });
}

/**
 * A text under a made-up key, such as one for a problem's code; undefined where there is none.
 * @param {string} key
 * @param {Record<string, string | number>} [facts]
 */
export function tryText(key, facts = {}) {
  const text = catalogue[key];
  return text === undefined ? undefined : fill(text, facts);
}

/** @param {number} n */
export function number(n) {
  return numbers.format(n);
}

/**
 * A number that says its direction: "+3", "−3", "0".
 * @param {number} n
 */
export function signed(n) {
  return new Intl.NumberFormat(lang, { maximumFractionDigits: 3, signDisplay: "exceptZero" }).format(n).replace("-", MINUS);
}

/**
 * Money, in whatever the prices are in.
 * @param {number} n
 * @param {{sign?: boolean}} [how]
 */
export function money(n, { sign = false } = {}) {
  const format = new Intl.NumberFormat(lang, { minimumFractionDigits: 2, maximumFractionDigits: 2, signDisplay: sign ? "exceptZero" : "auto" });
  return format.format(n).replace("-", MINUS);
}

/**
 * Things in a row: "a, b and c".
 * @param {string[]} words
 */
export function listed(words) {
  return new Intl.ListFormat(lang, { type: "conjunction" }).format(words);
}

/**
 * A time of day, and its day where that is another.
 * @param {string | number} at
 */
export function moment(at) {
  const then = new Date(at);
  if (then.toDateString() === new Date().toDateString()) return timeOfDay(at);
  return then.toLocaleString(lang, { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
}

/**
 * A time of day, as short as the language has it.
 * @param {string | number} at  ISO 8601 or epoch ms
 */
export function timeOfDay(at) {
  return new Date(at).toLocaleTimeString(lang, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
}

/**
 * A day and a time of day, to the second.
 * @param {string | number} at   as Date takes it
 */
export function dayAndTime(at) {
  return new Date(at).toLocaleString(lang, { dateStyle: "medium", timeStyle: "medium", hourCycle: "h23" });
}

/**
 * How long ago or how long it took: "now", "40 s", "3 min", "2 h".
 * @param {number} seconds
 */
export function duration(seconds) {
  if (seconds < 60) return t("time.seconds", { n: Math.max(0, Math.round(seconds)) });
  if (seconds < 3600) return t("time.minutes", { n: Math.round(seconds / 60) });
  return t("time.hours", { n: Math.round(seconds / 360) / 10 });
}

/**
 * @param {string} text
 * @param {Record<string, string | number>} facts
 */
function fill(text, facts) {
  return text.replace(/\{(\w+)\}/g, (whole, name) => {
    const fact = facts[name];
    if (fact === undefined) return whole;
    return typeof fact === "number" ? numbers.format(fact) : fact;
  });
}
