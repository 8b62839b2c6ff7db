// @ts-check
/** The top bar of a signed-in screen: who, sign out, and the state of this device. */
import { BATCH } from "../core/sync.js";
import { number, t, tn } from "../core/texts.js";
import { ask } from "../elements/ask-dialog.js";
import { box, part, tell, write } from "../elements/parts.js";
import { StatusStrip } from "../elements/status-strip.js";
import { leaveBy } from "./start.js";

/** @import { Shell } from "./shell.js" */

/** A queue that drains changes many times a second; a person reads five times a second at best. */
const SHOW_MS = 200;
const LOOK_MS = 1_000;

/** @param {Pick<Shell, "user" | "ledger" | "identity">} shell */
export function showUser({ user, ledger, identity }) {
  const steers = user.role !== "counter" && user.role !== "device";
  box(document, "nav").hidden = !steers;
  box(document, "nav-count").hidden = user.role === "auditor";
  document.querySelector(".top-nav [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
  const menu = part(document, "user-menu", HTMLDetailsElement);
  menu.hidden = false;
  write(menu, "user-name", user.name);
  write(menu, "user-full", user.name);
  write(menu, "user-role", t(`role.${user.role}`));
  document.addEventListener("click", ({ target }) => {
    if (target instanceof Node && !menu.contains(target)) menu.open = false;
  });
  menu.addEventListener("keydown", ({ key }) => {
    if (key === "Escape") menu.open = false;
  });
  box(menu, "sign-out").addEventListener("click", async () => {
    const { waiting } = await ledger.sums();
    const body = tn("user.sign_out_waiting", waiting);
    if (waiting && !(await ask({ title: t("user.sign_out"), body, yes: t("user.sign_out_anyway") }))) return;
    await leaveBy(() => identity.signOut());
  });
}

/** @param {Pick<Shell, "outbox" | "ledger" | "sync" | "live">} shell */
export function showState({ outbox, ledger, sync, live }) {
  const strip = /** @type {StatusStrip} */ (document.querySelector("status-strip"));
  const queue = async () => {
    const [tally, lastSync] = await Promise.all([ledger.sums(), ledger.lastSync()]);
    const isLong = sync.state === "sending" && sync.done + tally.waiting > BATCH;
    strip.queue = { tally, signedOut: sync.state === "signed_out", ...(isLong && { done: sync.done }) };
    strip.lastSync = lastSync;
  };
  const showQueue = atMostEvery(SHOW_MS, queue);
  const network = () => {
    strip.network = navigator.onLine;
    if (navigator.onLine) sync.networkIsBack();
  };
  addEventListener("online", () => live.networkIsBack());
  addEventListener("offline", () => live.networkIsGone());
  outbox.addEventListener("change", showQueue);
  sync.addEventListener("state", showQueue);
  live.addEventListener("state", () => {
    strip.live = live.state;
    if (live.state === "live") sync.networkIsBack();
  });
  addEventListener("online", network);
  addEventListener("offline", network);
  strip.live = live.state;
  network();
  void queue();
}

/**
 * How many conflicts wait, for who may settle or read them all.
 * @param {Pick<Shell, "api" | "live" | "user">} shell
 */
export function showConflicts({ api, live, user }) {
  if (user.role === "counter" || user.role === "device") return;
  const badge = box(document, "nav-conflicts");
  const look = atMostEvery(LOOK_MS, async () => {
    const stats = await api.get("/api/sync/conflicts/stats").catch(() => null);
    if (!stats) return;
    const n = stats.by_status.open ?? 0;
    tell(document, "nav-conflicts", n ? number(n) : null);
    badge.setAttribute("aria-label", tn("nav.conflicts.n", n));
  });
  live.addEventListener("event", (event) => {
    if (/** @type {CustomEvent} */ (event).detail.name.startsWith("conflict:")) look();
  });
  live.addEventListener("state", () => live.state === "live" && look());
  look();
}

/**
 * Runs `act` at once, and then not again before `ms` have passed; the last call is never left out.
 * @param {number} ms
 * @param {() => Promise<void>} act
 */
export function atMostEvery(ms, act) {
  let isResting = false;
  let isWanted = false;
  const run = async () => {
    if (isResting) {
      isWanted = true;
      return;
    }
    isResting = true;
    isWanted = false;
    setTimeout(() => {
      isResting = false;
      if (isWanted) void run();
    }, ms);
    await act();
  };
  return () => void run();
}
