// @ts-check
/** Floor, rack, claim; or going on with a rack that is held already, here or on another device. */
import { Problem } from "../../core/api.js";
import { t } from "../../core/texts.js";
import { ask } from "../../elements/ask-dialog.js";
import { RackPicker } from "../../elements/rack-picker.js";
import { wordsOf } from "../problems.js";
import { ofClaim, ofRack } from "./session.js";

/** @import { Rack } from "../../core/types.js" */
/** @import { Shell } from "../shell.js" */
/** @import { Session } from "./session.js" */

/** Many racks change at once when a shift starts: look once after them. */
const SETTLE_MS = 600;

export class Choosing {
  /** @type {(session: Session) => void} */
  onheld = () => {};
  #busy = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer = undefined;

  /**
   * @param {Shell} shell
   * @param {string} device
   */
  constructor(shell, device) {
    this.api = shell.api;
    this.kept = shell.kept;
    this.user = shell.user;
    this.device = device;
    this.picker = /** @type {RackPicker} */ (document.querySelector("rack-picker"));
    this.picker.addEventListener("floor", (event) => void this.#floor(detail(event).floor, true));
    this.picker.addEventListener("claim", (event) => void this.#claim(detail(event).rack));
    this.picker.addEventListener("accept", (event) => void this.#accept(detail(event).rack));
    this.picker.addEventListener("resume", (event) => void this.#resume(detail(event).rack));
    this.picker.addEventListener("again", () => void this.load());
    shell.live.addEventListener("event", (event) => this.#hear(detail(event)));
  }

  async load() {
    await this.#tellProblems(async () => {
      const [{ floors }, { racks }, offered] = await Promise.all([
        this.kept.get("/api/racks/floors"),
        this.kept.get("/api/racks/user/active"),
        this.api.get("/api/racks/user/offered").catch(() => ({ racks: [] })),
      ]);
      this.picker.floors = floors;
      this.picker.offered = offered.racks;
      this.picker.mine = racks;
      if (!navigator.onLine) this.picker.notice = t("choose.offline");
      if (floors.length === 0) this.picker.notice = t("choose.floors_none");
      if (this.picker.floor) await this.#floor(this.picker.floor, false);
    });
  }

  /** Racks come and go while one chooses. @param {{name: string, event: {type: string}}} told */
  #hear({ name, event }) {
    if ((name !== "rack:update" && event.type !== "rack_offered") || !this.picker.checkVisibility()) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.load(), SETTLE_MS);
  }

  /**
   * @param {string} floor
   * @param {boolean} goThere
   */
  async #floor(floor, goThere) {
    await this.#tellProblems(async () => {
      const { racks } = await this.kept.get(`/api/racks/available?floor=${encodeURIComponent(floor)}`);
      this.picker.offer(floor, racks);
      if (goThere) this.picker.focusRacks();
    });
  }

  /**
   * @param {Rack} rack
   * @param {boolean} [takeOver]
   */
  async #claim(rack, takeOver = false) {
    if (this.#busy) return;
    this.#busy = true;
    const wish = { floor: rack.floor, device_id: this.device, ...(takeOver && { take_over: true }) };
    try {
      const claim = await this.api.post(`/api/racks/${encodeURIComponent(rack.rack_id)}/claim`, wish);
      this.picker.notice = null;
      this.onheld(ofClaim(claim, this.user.user_id));
    } catch (error) {
      this.#busy = false;
      await this.#refused(rack, error);
    } finally {
      this.#busy = false;
    }
  }

  /** @param {Rack} rack */
  async #accept(rack) {
    try {
      const path = `/api/racks/${encodeURIComponent(rack.rack_id)}/accept`;
      const lease = await this.api.post(path, { device_id: this.device });
      this.onheld(ofClaim(lease, this.user.user_id));
    } catch (error) {
      await this.load();
      this.picker.notice = wordsOf(error);
    }
  }

  /** @param {Rack} rack */
  async #resume(rack) {
    const elsewhere = rack.holder?.device_id && rack.holder.device_id !== this.device;
    if (!elsewhere) return this.onheld(ofRack(rack, this.user.user_id));
    if (await this.#mayTakeOver(rack)) await this.#claim(rack, true);
  }

  /**
   * @param {Rack} rack
   * @param {unknown} error
   */
  async #refused(rack, error) {
    const code = error instanceof Problem ? error.code : "";
    if (code === "held_on_other_device" && (await this.#mayTakeOver(rack))) return this.#claim(rack, true);
    const words = code === "held_on_other_device" ? null : wordsOf(error);
    if (code) await this.load();
    this.picker.notice = words;
  }

  /** @param {Rack} rack */
  #mayTakeOver(rack) {
    const title = t("choose.take_over.title", { rack: rack.rack_id });
    return ask({ title, body: t("choose.take_over.body"), yes: t("choose.take_over.yes") });
  }

  /** @param {() => Promise<void>} act */
  async #tellProblems(act) {
    this.picker.notice = null;
    try {
      await act();
    } catch (error) {
      this.picker.notice = navigator.onLine ? wordsOf(error) : t("choose.offline");
    }
  }
}

/** @param {Event} event */
function detail(event) {
  return /** @type {CustomEvent} */ (event).detail;
}
