// @ts-check
/** A secret's field with the button that shows what was typed. */
import { t } from "../core/texts.js";

/**
 * @param {HTMLInputElement} input
 * @param {HTMLElement} button
 * @returns {(isOpen: boolean) => void}  shows the secret, or hides it
 */
export function letPeek(input, button) {
  const show = (/** @type {boolean} */ isOpen) => {
    input.type = isOpen ? "text" : "password";
    button.setAttribute("aria-pressed", String(isOpen));
    button.textContent = t(isOpen ? "sign_in.hide" : "sign_in.show");
  };
  button.addEventListener("click", () => show(input.type === "password"));
  return show;
}
