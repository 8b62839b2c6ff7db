// @ts-check
/** The camera's picture with a frame to aim by. Events: `code` {code, at} · `close`. */
import { openDecoder } from "../core/decoder.js";
import { box, part } from "./parts.js";

/** @typedef {"refused" | "missing" | "insecure" | "failed"} CameraProblem */

/** Between two looks: quick for the hand, easy on the battery. */
const LOOK_EVERY_MS = 120;
const SEEN_MS = 350;

/** @type {Record<string, CameraProblem>} */
const PROBLEMS = { NotAllowedError: "refused", SecurityError: "refused", NotFoundError: "missing", OverconstrainedError: "missing" };

class CameraView extends HTMLElement {
  /** @type {MediaStream | null} */
  #stream = null;
  /** Grows with each opening, so that an old one that is late stops. */
  #turn = 0;

  connectedCallback() {
    box(this, "camera-close").addEventListener("click", () => this.dispatchEvent(new Event("close")));
    box(this, "torch").addEventListener("click", () => void this.#light());
  }

  disconnectedCallback() {
    this.close();
  }

  get isOpen() {
    return !this.hidden;
  }

  get video() {
    return part(this, "video", HTMLVideoElement);
  }

  /**
   * @returns {Promise<CameraProblem | null>} why it cannot be opened
   */
  async open() {
    if (!navigator.mediaDevices) return "insecure";
    const turn = (this.#turn += 1);
    this.hidden = false;
    try {
      const wish = { facingMode: { ideal: "environment" }, width: { ideal: 1280 }, height: { ideal: 720 } };
      const [stream, decoder] = await Promise.all([navigator.mediaDevices.getUserMedia({ video: wish }), openDecoder()]);
      if (turn !== this.#turn) return stop(stream);
      this.#stream = stream;
      this.video.srcObject = stream;
      await this.video.play();
      this.#offerLight();
      void this.#look(decoder, turn);
      return null;
    } catch (error) {
      if (turn !== this.#turn) return null;
      console.warn("camera:", error);
      return error instanceof DOMException ? (PROBLEMS[error.name] ?? "failed") : "failed";
    }
  }

  close() {
    this.#turn += 1;
    this.hidden = true;
    if (this.#stream) stop(this.#stream);
    this.#stream = null;
    this.video.srcObject = null;
  }

  /**
   * @param {import("../core/decoder.js").Detector} decoder
   * @param {number} turn
   */
  async #look(decoder, turn) {
    while (turn === this.#turn) {
      const seen = await decoder.detect(this.video).catch(() => []);
      if (turn !== this.#turn) return;
      for (const { rawValue } of seen) if (rawValue) this.#saw(rawValue);
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    }
  }

  /** @param {string} code */
  #saw(code) {
    this.toggleAttribute("data-seen", true);
    setTimeout(() => this.toggleAttribute("data-seen", false), SEEN_MS);
    this.dispatchEvent(new CustomEvent("code", { detail: { code, at: performance.now() } }));
  }

  get #track() {
    return this.#stream?.getVideoTracks()[0];
  }

  #offerLight() {
    const can = /** @type {any} */ (this.#track?.getCapabilities?.() ?? {});
    box(this, "torch").hidden = !can.torch;
    box(this, "torch").setAttribute("aria-pressed", "false");
  }

  async #light() {
    const on = box(this, "torch").getAttribute("aria-pressed") !== "true";
    const wish = /** @type {any} */ ({ advanced: [{ torch: on }] });
    await this.#track?.applyConstraints(wish).then(
      () => box(this, "torch").setAttribute("aria-pressed", String(on)),
      () => (box(this, "torch").hidden = true),
    );
  }
}

/** @param {MediaStream} stream @returns {null} */
function stop(stream) {
  for (const track of stream.getTracks()) track.stop();
  return null;
}

customElements.define("camera-view", CameraView);
export { CameraView };
