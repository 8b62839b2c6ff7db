// @ts-check
/** Finish a rack: wait until the server has every count, ask what was not counted, let a person decide. */
import { t, tn } from "../../core/texts.js";
import { FinishDialog } from "../../elements/finish-dialog.js";
import { wordsOf } from "../problems.js";

/** @import { Progress } from "../../core/types.js" */
/** @import { Decision } from "../../elements/finish-dialog.js" */
/** @import { Desk } from "./desk.js" */
/** @import { Session } from "./session.js" */

/** @type {FinishDialog | undefined} */
let dialog;

export class Finishing {
  /** @type {(progress: Progress | null) => void} */
  ondone = () => {};
  isDone = false;
  #asked = false;

  /**
   * @param {Desk} shell
   * @param {Session} session
   * @param {AbortSignal} signal
   */
  constructor(shell, session, signal) {
    this.shell = shell;
    this.session = session;
    this.path = `/api/sessions/${encodeURIComponent(session.session_id)}/complete`;
    dialog ??= new FinishDialog(/** @type {HTMLDialogElement} */ (document.getElementById("finish")));
    this.dialog = dialog;
    for (const source of [shell.outbox, shell.sync]) {
      for (const type of ["change", "state"]) source.addEventListener(type, () => void this.#proceed(), { signal });
    }
    signal.addEventListener("abort", () => this.dialog.isOpen && this.dialog.close());
  }

  async open() {
    this.#asked = false;
    this.dialog.onfinish = (decisions) => void this.#finish(decisions);
    this.dialog.open(this.session.rack_id);
    this.shell.sync.nudge();
    await this.#proceed();
  }

  async #proceed() {
    if (!this.dialog.isOpen || this.#asked) return;
    const { waiting, parked } = await this.shell.ledger.tally(this.session.session_id);
    this.dialog.parked = parked;
    if (waiting) {
      const offline = !navigator.onLine || this.shell.sync.state === "waiting";
      this.dialog.said = offline ? t("finish.waiting_offline") : tn("finish.waiting", waiting);
      return;
    }
    if (this.#asked) return;
    this.#asked = true;
    this.dialog.said = t("finish.asking");
    await this.#tellProblems(async () => {
      const { uncounted } = await this.shell.api.post(this.path, { preview: true });
      this.dialog.decide(uncounted);
    });
  }

  /** @param {Decision[]} decisions */
  async #finish(decisions) {
    await this.#tellProblems(async () => {
      this.isDone = true;
      const answer = await this.shell.api.post(this.path, { uncounted: decisions });
      this.dialog.close();
      this.ondone(answer.progress ?? null);
    });
  }

  /** @param {() => Promise<void>} act */
  async #tellProblems(act) {
    this.dialog.error = null;
    try {
      await act();
    } catch (error) {
      this.isDone = false;
      this.#asked = false;
      this.dialog.error = wordsOf(error);
    }
  }
}
