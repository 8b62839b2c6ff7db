// @ts-check
/** The lease as a ring that empties. Counts by the Lease it is given; warns in words and colour. */
import { number, t } from "../core/texts.js";
import { box, part, write } from "./parts.js";

/** @import { Lease } from "../core/lease.js" */

const TICK_MS = 500;

class LeaseClock extends HTMLElement {
  /** @type {Lease | null} */
  #lease = null;
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #timer = undefined;

  connectedCallback() {
    this.#timer = setInterval(() => this.#draw(), TICK_MS);
  }

  disconnectedCallback() {
    clearInterval(this.#timer);
  }

  /** @param {Lease | null} lease */
  set lease(lease) {
    this.#lease = lease;
    this.#draw();
  }

  #draw() {
    const lease = this.#lease;
    if (!lease) return;
    const { state } = lease;
    const left = lease.remaining();
    const seconds = Math.ceil(left / 1000);
    part(this, "arc", SVGCircleElement).setAttribute("stroke-dashoffset", String(100 - (100 * left) / lease.ttlMs));
    write(this, "seconds", state === "unknown" ? "–" : number(seconds));
    write(this, "text", t(`hud.lease.${state}`));
    this.setAttribute("aria-label", `${t(`hud.lease.${state}`)}. ${t("hud.lease.left", { n: seconds })}`);
    if (this.dataset.state === state) return;
    this.dataset.state = state;
    box(this, "text").setAttribute("aria-live", state === "held" ? "off" : "polite");
  }
}

customElements.define("lease-clock", LeaseClock);
export { LeaseClock };
