// @ts-check
/** A yes-or-no question that must be answered. */
import { write } from "./parts.js";

/**
 * @param {{title: string, body: string, yes: string}} words
 * @returns {Promise<boolean>}
 */
export function ask({ title, body, yes }) {
  const dialog = /** @type {HTMLDialogElement} */ (document.getElementById("ask"));
  write(dialog, "title", title);
  write(dialog, "body", body);
  write(dialog, "yes", yes);
  dialog.returnValue = "no";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
  });
}
