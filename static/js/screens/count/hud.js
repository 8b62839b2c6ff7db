// @ts-check
/** One session on the screen: lease, figures, banner, actions. Counting itself is in scanning.js. */
import { Heartbeat } from "../../core/heartbeat.js";
import { Lease } from "../../core/lease.js";
import { number, t, tn } from "../../core/texts.js";
import { ask } from "../../elements/ask-dialog.js";
import { CountList } from "../../elements/count-list.js";
import { LeaseClock } from "../../elements/lease-clock.js";
import { box, part, write } from "../../elements/parts.js";
import { wordsOf } from "../problems.js";
import { showBanner } from "./banner.js";
import { Finishing } from "./finishing.js";
import { Scanning } from "./scanning.js";
import { keepSession } from "./session.js";
import { meaningOf } from "./tidings.js";

/** @import { Progress } from "../../core/types.js" */
/** @import { Shell } from "../shell.js" */
/** @import { Session } from "./session.js" */

/** So many last counts are in reach. */
const LAST = 30;

export class Hud {
  /**
   * @param {Shell} shell
   * @param {Session} session
   * @param {{api: import("../../core/api.js").Api, onleave: () => void,
   *   ondone: (session: Session, progress: Progress | null) => void}} parts
   */
  constructor(shell, session, { api, onleave, ondone }) {
    this.shell = shell;
    this.api = api;
    this.session = session;
    this.root = box(document, "hud");
    this.onleave = onleave;
    this.closing = new AbortController();
    /** @type {Progress | null} */
    this.progress = null;
    this.lease = new Lease();
    this.waiting = 0;
    this.reason = "";
    this.beats = new Heartbeat({
      api,
      lease: this.lease,
      sessionId: session.session_id,
      rackId: session.rack_id,
      told: (outcome, answer) => this.#beaten(outcome, answer),
      queue: () => ({ queue_length: this.waiting }),
    });
    this.scanning = new Scanning(shell, session, this.closing.signal);
    this.finishing = new Finishing(shell, session, this.closing.signal);
    this.finishing.ondone = (progress) => ondone(session, progress);
  }

  async open() {
    const { session, shell } = this;
    const { signal } = this.closing;
    write(this.root, "rack", session.rack_id);
    write(this.root, "floor", session.floor);
    write(this.root, "pass", t("hud.pass", { n: session.pass }));
    /** @type {LeaseClock} */ (this.root.querySelector("lease-clock")).lease = this.lease;
    shell.outbox.addEventListener("change", () => void this.#refresh(), { signal });
    shell.live.addEventListener("event", (event) => this.#hear(/** @type {CustomEvent} */ (event).detail), { signal });
    document.addEventListener("visibilitychange", () => document.hidden || void this.beats.beat(), { signal });
    addEventListener("online", () => void this.beats.beat(), { signal });
    box(this.root, "banner").addEventListener("click", (event) => this.#act(event), { signal });
    for (const act of ["pause", "release", "finish"]) box(this.root, act).addEventListener("click", (e) => this.#act(e), { signal });
    shell.live.watch({ racks: [session.rack_id], sessions: [session.session_id] });
    this.beats.start();
    this.#showStatus();
    this.scanning.start();
    await Promise.all([this.#refresh(), this.#fetchProgress()]);
  }

  close() {
    this.closing.abort();
    this.beats.stop();
    this.scanning.close();
  }

  /**
   * @param {import("../../core/heartbeat.js").BeatOutcome} outcome
   * @param {any} answer
   */
  #beaten(outcome, answer) {
    if (outcome === "lost" || outcome === "closed") return this.#lost(outcome, answer?.holder?.name);
    if (outcome === "held" && this.shell.sync.state === "waiting") this.shell.sync.networkIsBack();
    this.#showStatus();
  }

  /** @param {{name: string, event: import("../../core/types.js").LiveEvent}} told */
  #hear({ name, event }) {
    const meaning = meaningOf(name, event, this.session);
    if (meaning.progress) this.progress = meaning.progress;
    if (meaning.settled) void this.shell.outbox.settledElsewhere(meaning.settled);
    if (meaning.reason) this.reason = meaning.reason;
    if (meaning.beat) void this.beats.beat();
    if (meaning.lost) this.#lost(meaning.lost, meaning.holder);
    else if (meaning.status) void this.#move(meaning.status);
    if (meaning.progress) void this.#refresh();
  }

  /** @param {Session["status"]} status */
  async #move(status) {
    this.session.status = status;
    this.#showStatus();
    await keepSession(this.shell.db, this.session);
  }

  /**
   * @param {"lost" | "closed"} how
   * @param {string} [holder]
   */
  #lost(how, holder) {
    if (this.finishing.isDone) return;
    this.beats.stop();
    this.lease.wasLost();
    this.scanning.state = "lost";
    for (const act of ["pause", "release", "finish"]) part(this.root, act, HTMLButtonElement).disabled = true;
    showBanner(how, { rack: this.session.rack_id, holder: holder ?? "", reason: this.reason });
  }

  #showStatus() {
    if (this.lease.lost) return;
    const paused = this.session.status === "paused";
    this.scanning.state = paused ? "paused" : "open";
    for (const act of ["release", "finish"]) part(this.root, act, HTMLButtonElement).disabled = false;
    part(this.root, "pause", HTMLButtonElement).disabled = paused;
    if (paused) return showBanner("paused");
    const words = this.lease.state === "ended" ? t("hud.ended") : this.lease.missed ? t("hud.missed") : null;
    showBanner(words ? "plain" : null, { text: words ?? "" });
  }

  async #refresh() {
    const { session_id } = this.session;
    const { ledger } = this.shell;
    const [tally, entries] = await Promise.all([ledger.tally(session_id), ledger.latest(session_id, LAST)]);
    this.waiting = tally.waiting;
    /** @type {CountList} */ (this.root.querySelector("count-list")).entries = entries;
    const { records = 0, pieces = 0, items = 0, expected = null } = this.progress ?? {};
    write(this.root, "records", number(records + tally.waiting));
    write(this.root, "pieces", number(pieces + tally.pieces));
    write(this.root, "items", number(items));
    write(this.root, "expected", expected ? t("hud.items.of", { n: expected }) : "");
    const bar = part(this.root, "bar", HTMLProgressElement);
    bar.hidden = !expected;
    bar.value = expected ? Math.min(1, items / expected) : 0;
  }

  async #fetchProgress() {
    const path = `/api/sessions/${encodeURIComponent(this.session.session_id)}`;
    const { progress } = await this.api.get(path).catch(() => ({ progress: null }));
    this.progress = progress ?? this.progress;
    await this.#refresh();
  }

  /** @param {Event} event */
  #act(event) {
    const button = event.target instanceof Element ? event.target.closest("button") : null;
    const act = button?.dataset["act"] ?? button?.dataset["part"];
    if (act === "leave") this.onleave();
    if (act === "finish") void this.finishing.open();
    if (act === "pause" || act === "resume") void this.#ask(act, act === "pause" ? "paused" : "active");
    if (act === "release") void this.#release();
  }

  /**
   * @param {"pause" | "resume"} act
   * @param {Session["status"]} status
   */
  async #ask(act, status) {
    try {
      await this.api.post(`/api/racks/${encodeURIComponent(this.session.rack_id)}/${act}`);
      await this.#move(status);
    } catch (error) {
      this.shell.toasts.say(wordsOf(error), "bad");
    }
  }

  async #release() {
    const { rack_id, session_id } = this.session;
    const { waiting } = await this.shell.ledger.tally(session_id);
    const body = t("hud.release.body") + (waiting ? ` ${tn("hud.release.waiting", waiting)}` : "");
    if (!(await ask({ title: t("hud.release.title", { rack: rack_id }), body, yes: t("hud.release.yes") }))) return;
    try {
      this.beats.stop();
      await this.api.post(`/api/racks/${encodeURIComponent(rack_id)}/release`);
      this.shell.toasts.say(t("hud.released", { rack: rack_id }));
      this.onleave();
    } catch (error) {
      this.shell.toasts.say(wordsOf(error), "bad");
      this.beats.start();
    }
  }
}
