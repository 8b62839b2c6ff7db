// @ts-check
/** What a tolerance allows, in pieces and in words. The server judges; this says what it will do. */
import { listed, money, number, t, tn } from "./texts.js";

/** @import { Tolerance } from "./types.js" */

/**
 * By how many pieces a count may differ from a figure: it must keep every limit that is set.
 * @param {Tolerance} tolerance
 * @param {{of: number, price: number}} held  the figure, and the price of each piece
 */
export function allowed({ pieces, percent, value }, { of, price }) {
  const limits = [pieces, percent === null ? null : (Math.abs(of) * percent) / 100, value === null || price === 0 ? null : value / price];
  const told = limits.filter((limit) => limit !== null);
  return told.length ? Math.min(...told) : 0;
}

/** The tolerance as a sentence. @param {Tolerance} tolerance */
export function inWords({ pieces, percent, value }) {
  const limits = [];
  if (pieces !== null) limits.push(tn("tolerance.pieces", pieces, { n: number(pieces) }));
  if (percent !== null) limits.push(t("tolerance.percent", { n: number(percent) }));
  if (value !== null) limits.push(t("tolerance.value", { n: money(value) }));
  if (limits.length === 0) return t("tolerance.none");
  return t(limits.length === 1 ? "tolerance.one" : "tolerance.all", { limits: listed(limits) });
}

/**
 * An example that one can check by head.
 * @param {Tolerance} tolerance
 * @param {{of: number, price: number}} held
 */
export function example(tolerance, { of, price }) {
  const pieces = Math.floor(allowed(tolerance, { of, price }) + 1e-9); // as most things are counted
  return t("tolerance.example", { of, price: money(price), low: number(Math.max(0, of - pieces)), high: number(of + pieces) });
}

/**
 * A field's number, or null where none is set.
 * @param {string} text
 */
export function limitOf(text) {
  const told = Number(text.replace(",", "."));
  return text.trim() === "" || !Number.isFinite(told) || told < 0 ? null : told;
}
