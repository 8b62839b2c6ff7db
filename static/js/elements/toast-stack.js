// @ts-check
/** Short messages that come and go. Anything that must not be missed is told in place instead. */
import { box, clone, draw, write } from "./parts.js";

const STAY_MS = 5_000;
const MOST = 3;
/** @type {Record<string, string>} */
const ICONS = { good: "check", warn: "flag", bad: "alert" };

class ToastStack extends HTMLElement {
  /**
   * @param {string} text
   * @param {"good" | "warn" | "bad"} [tone]
   */
  say(text, tone = "good") {
    const toast = clone("toast");
    toast.dataset.tone = tone;
    write(toast, "text", text);
    draw(toast, "icon", ICONS[tone] ?? "check");
    this.append(toast);
    const passing = this.querySelectorAll(".toast:not(.toast--letter)");
    for (let i = 0; i < passing.length - MOST; i += 1) passing[i]?.remove();
    setTimeout(() => toast.remove(), tone === "good" ? STAY_MS : 2 * STAY_MS);
  }

  /**
   * Something that stays until somebody says that they read it. The same key is shown once.
   * @param {string} key
   * @param {string} text
   * @param {"warn" | "good"} tone
   */
  keep(key, text, tone) {
    if ([...this.children].some((toast) => /** @type {HTMLElement} */ (toast).dataset["key"] === key)) return;
    const toast = clone("letter");
    toast.dataset["key"] = key;
    toast.dataset["tone"] = tone;
    write(toast, "text", text);
    box(toast, "read").addEventListener("click", () => toast.remove());
    this.prepend(toast);
  }
}

customElements.define("toast-stack", ToastStack);
export { ToastStack };
