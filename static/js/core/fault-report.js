// @ts-check
/** Errors of a screen that nobody caught, told to the server once each: no text that somebody typed. */
import { Problem, Unreachable } from "./api.js";

/** A page that fails again and again tells nothing new. */
const MOST = 5;
const LONGEST = 500;

/** @typedef {{error_type: string, message: string, screen: string, place: string}} Report */

export class FaultReport {
  /** @type {Set<string>} */
  #told = new Set();

  /**
   * @param {(report: Report) => Promise<unknown>} send
   * @param {string} screen
   */
  constructor(send, screen) {
    this.send = send;
    this.screen = screen;
  }

  /** @param {unknown} error */
  tell(error) {
    if (!isFault(error) || this.#told.size >= MOST) return;
    const report = { error_type: error.name.slice(0, 64) || "Error", message: error.message.slice(0, LONGEST) || "–", screen: this.screen, place: placeOf(error) };
    const kind = JSON.stringify(report);
    if (this.#told.has(kind)) return;
    this.#told.add(kind);
    this.send(report).catch(() => {}); // there is nobody left to tell
  }
}

/** A refusal, a cut line and a cancelled request are no faults. @param {unknown} error @returns {error is Error} */
function isFault(error) {
  return error instanceof Error && !(error instanceof Problem) && !(error instanceof Unreachable) && error.name !== "AbortError";
}

/** File and line of the first of our modules. @param {Error} error */
function placeOf(error) {
  return /\/static\/(js\/[\w./-]+:\d+)/.exec(error.stack ?? "")?.[1] ?? "";
}
