// @ts-check
/** One session on the screen: lease, figures, banner, actions. Counting itself is in scanning.js. */
import { Heartbeat } from "../../core/heartbeat.js";
import { Lease } from "../../core/lease.js";
import { t } from "../../core/texts.js";
import { box, part } from "../../elements/parts.js";
import { askFor, release } from "./acts.js";
import { showBanner } from "./banner.js";
import { Figures } from "./figures.js";
import { Finishing } from "./finishing.js";
import { Handing } from "./handing.js";
import { showHead } from "./head.js";
import { showOnly } from "./only.js";
import { Scanning } from "./scanning.js";
import { keepSession } from "./session.js";
import { meaningOf } from "./tidings.js";

/** @import { Progress } from "../../core/types.js" */
/** @import { Desk } from "./desk.js" */
/** @import { Session } from "./session.js" */

export class Hud {
  /**
   * @param {Desk} shell
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
    this.lease = new Lease();
    this.figures = new Figures(this.root, shell, session, this.closing.signal);
    this.reason = "";
    this.beats = new Heartbeat({
      api,
      lease: this.lease,
      sessionId: session.session_id,
      rackId: session.rack_id,
      told: (outcome, answer) => this.#beaten(outcome, answer),
      queue: () => this.figures.queue,
    });
    this.scanning = new Scanning(shell, session, this.closing.signal);
    this.finishing = new Finishing(shell, session, this.closing.signal);
    this.handing = new Handing(shell, session, this.closing.signal);
    this.finishing.ondone = (progress) => ondone(session, progress);
  }

  async open() {
    const { session, shell } = this;
    const { signal } = this.closing;
    showHead(this.root, session, this.lease);
    shell.live.addEventListener("event", (event) => this.#hear(/** @type {CustomEvent} */ (event).detail), { signal });
    document.addEventListener("visibilitychange", () => document.hidden || void this.beats.beat(), { signal });
    addEventListener("online", () => void this.beats.beat(), { signal });
    box(this.root, "banner").addEventListener("click", (event) => this.#act(event), { signal });
    for (const act of ["pause", "release", "hand", "finish"]) box(this.root, act).addEventListener("click", (e) => this.#act(e), { signal });
    shell.live.watch({ racks: [session.rack_id], sessions: [session.session_id] });
    this.beats.start();
    this.#showStatus();
    this.scanning.start();
    performance.mark("ready-to-scan");
    await Promise.all([this.figures.open(), this.#fetchProgress(), showOnly(this.root, shell, session, signal)]);
  }

  /** @param {string} id  of a count of this session, to be changed */
  edit(id) {
    this.scanning.edit(id);
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
    if (meaning.progress) this.figures.progress = meaning.progress;
    if (meaning.reason) this.reason = meaning.reason;
    if (meaning.beat) void this.beats.beat();
    if (meaning.handed && this.handing.offeredTo) return this.#handed(meaning.holder ?? "");
    if (meaning.lost) this.#lost(meaning.lost, meaning.holder);
    else if (meaning.status) void this.#move(meaning.status);
  }

  /** The colleague took the rack. @param {string} who */
  #handed(who) {
    this.shell.toasts.say(t("hand.done", { rack: this.session.rack_id, who }));
    this.onleave();
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
    for (const act of ["pause", "release", "hand", "finish"]) part(this.root, act, HTMLButtonElement).disabled = true;
    showBanner(how, { rack: this.session.rack_id, holder: holder ?? "", reason: this.reason });
  }

  #showStatus() {
    if (this.lease.lost) return;
    const paused = this.session.status === "paused";
    this.scanning.state = paused ? "paused" : "open";
    for (const act of ["release", "hand", "finish"]) part(this.root, act, HTMLButtonElement).disabled = false;
    part(this.root, "pause", HTMLButtonElement).disabled = paused;
    if (paused) return showBanner("paused");
    const words = this.lease.state === "ended" ? t("hud.ended") : this.lease.missed ? t("hud.missed") : null;
    showBanner(words ? "plain" : null, { text: words ?? "" });
  }

  async #fetchProgress() {
    const path = `/api/sessions/${encodeURIComponent(this.session.session_id)}`;
    const { progress, blind } = await this.api.get(path).catch(() => ({ progress: null }));
    this.figures.progress = progress;
    if (blind === undefined || blind === this.session.blind) return;
    this.session.blind = blind;
    showHead(this.root, this.session, this.lease);
    await keepSession(this.shell.db, this.session);
  }

  /** @param {Event} event */
  #act(event) {
    const button = event.target instanceof Element ? event.target.closest("button") : null;
    const act = button?.dataset["act"] ?? button?.dataset["part"];
    if (act === "leave") this.onleave();
    if (act === "hand") void this.handing.open();
    if (act === "finish") void this.finishing.open();
    if (act === "pause" || act === "resume") void this.#ask(act);
    if (act === "release") void release(this.shell, this.session, this.beats).then((free) => free && this.onleave());
  }

  /** @param {"pause" | "resume"} act */
  async #ask(act) {
    if (await askFor(this.shell, this.session, act)) await this.#move(act === "pause" ? "paused" : "active");
  }
}
