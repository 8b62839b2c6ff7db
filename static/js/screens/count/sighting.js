// @ts-check
/** The camera as a scanner: on and off by its button, its codes taken like a scanner's. */
import { Repeats } from "../../core/repeats.js";
import { t } from "../../core/texts.js";
import { CameraView } from "../../elements/camera-view.js";

/** @import { Scanning } from "./scanning.js" */

export class Sighting {
  #repeats = new Repeats();

  /**
   * @param {Scanning} scanning
   * @param {(code: string) => void} onscan
   * @param {AbortSignal} signal
   */
  constructor(scanning, onscan, signal) {
    this.scanning = scanning;
    this.view = /** @type {CameraView} */ (document.querySelector("camera-view"));
    scanning.scanBox.addEventListener("camera", () => void this.#switch(), { signal });
    this.view.addEventListener("code", (event) => {
      const { code, at } = /** @type {CustomEvent} */ (event).detail;
      if (this.#repeats.isNew(code, at)) onscan(code);
    }, { signal });
    this.view.addEventListener("close", () => this.close(), { signal });
    document.addEventListener("visibilitychange", () => document.hidden && this.close(), { signal });
  }

  close() {
    this.view.close();
    this.scanning.scanBox.camera = false;
  }

  async #switch() {
    if (this.view.isOpen) return this.close();
    this.scanning.scanBox.camera = true;
    const problem = await this.view.open();
    if (!problem) return;
    this.close();
    this.scanning.say(t(`camera.${problem}`), "wrong");
  }
}
