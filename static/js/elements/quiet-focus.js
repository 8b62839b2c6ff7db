// @ts-check
/**
 * Focus a field for scanners and hardware keys without the screen keyboard jumping up and hiding half
 * of a phone. A tap on the field still brings the keyboard.
 */

/** @type {WeakMap<HTMLInputElement, string>} */
const usual = new WeakMap();

/** @param {HTMLInputElement} input */
export function focusQuietly(input) {
  if (!usual.has(input)) {
    usual.set(input, input.inputMode || "text");
    input.addEventListener("pointerdown", () => {
      input.inputMode = usual.get(input) ?? "text";
    });
  }
  input.inputMode = "none";
  input.focus({ preventScroll: true });
}
