// @ts-check
/** Short messages that come and go. Anything that must not be missed is told in place instead. */
import { clone, draw, write } from "./parts.js";

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
    while (this.childElementCount > MOST) this.firstElementChild?.remove();
    setTimeout(() => toast.remove(), tone === "good" ? STAY_MS : 2 * STAY_MS);
  }
}

customElements.define("toast-stack", ToastStack);
export { ToastStack };
