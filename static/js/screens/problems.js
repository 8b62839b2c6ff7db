// @ts-check
/** An error as a sentence for the person in front of the screen: what happened, what to do. */
import { Problem, Unreachable } from "../core/api.js";
import { t, tryText } from "../core/texts.js";
import { tell } from "../elements/parts.js";

/** @param {unknown} error */
export function wordsOf(error) {
  if (error instanceof Unreachable) return t("problem.unreachable");
  if (error instanceof DOMException && error.name === "QuotaExceededError") return t("problem.full");
  if (error instanceof DOMException) return t("problem.storage");
  if (!(error instanceof Problem)) {
    console.error(error);
    return t("problem.internal_error");
  }
  const { holder, rack_id: rack, assigned_to: to } = error.facts;
  const facts = { rack: String(rack ?? ""), holder: String(holder?.name ?? holder ?? ""), assigned: String(to?.name ?? "") };
  const ours = tryText(`problem.${error.code}`, facts);
  return ours && !ours.includes("{") ? ours : error.message;
}

/**
 * Do something; where it fails, the part `problem` of the section says why.
 * @param {HTMLElement} section
 * @param {() => Promise<unknown>} work
 */
export async function attempt(section, work) {
  tell(section, "problem", "");
  try {
    await work();
  } catch (error) {
    tell(section, "problem", wordsOf(error));
  }
}
