// @ts-check
/** What the screens share once somebody is signed in: who, the outbox and its sync, the live line, the top bar. */
import { io } from "socket.io-client";
import { Problem } from "../core/api.js";
import { Ledger } from "../core/ledger.js";
import { Live } from "../core/live.js";
import { Outbox } from "../core/outbox.js";
import { openStore } from "../core/store.js";
import { Sync } from "../core/sync.js";
import { t, tn } from "../core/texts.js";
import { ask } from "../elements/ask-dialog.js";
import { box, part, write } from "../elements/parts.js";
import { StatusStrip } from "../elements/status-strip.js";
import { ToastStack } from "../elements/toast-stack.js";
import { api, device, toSignIn } from "./start.js";

/** @import { User } from "../core/types.js" */
/** @import { Store } from "../core/store.js" */

const strip = /** @type {StatusStrip} */ (document.querySelector("status-strip"));
const toasts = /** @type {ToastStack} */ (document.querySelector("toast-stack"));

/** @typedef {Awaited<ReturnType<typeof openShell>>} Shell */

/**
 * Open what a screen stands on. Without a network the last person who was signed in here goes on.
 */
export async function openShell() {
  const db = await openStore();
  const user = await whoIsHere(db);
  const outbox = new Outbox(db, { userId: user.user_id, deviceId: device });
  const ledger = new Ledger(db, user.user_id);
  const sync = new Sync({ outbox, api });
  const live = new Live(io({ transports: ["websocket"], autoConnect: false }), () => api.refresh());
  const shell = { db, user, outbox, ledger, sync, live, toasts, api };
  showUser(shell);
  showState(shell);
  sync.start();
  return shell;
}

/**
 * @param {Store} db
 * @returns {Promise<User>}
 */
async function whoIsHere(db) {
  try {
    const user = await api.get("/api/auth/me");
    await db.put("meta", user, "user");
    return user;
  } catch (error) {
    const kept = await db.get("meta", "user");
    const signedOut = error instanceof Problem && error.status < 500 && error.status !== 429;
    if (kept && !signedOut) return kept;
    toSignIn();
    return new Promise(() => {});
  }
}

/** @param {{user: User, ledger: Ledger, db: Store}} shell */
function showUser({ user, ledger, db }) {
  const steers = user.role !== "counter" && user.role !== "device";
  box(document, "nav").hidden = !steers;
  box(document, "nav-count").hidden = user.role === "auditor";
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
    const { waiting } = await ledger.tally();
    const body = tn("user.sign_out_waiting", waiting);
    if (waiting && !(await ask({ title: t("user.sign_out"), body, yes: t("user.sign_out_anyway") }))) return;
    await api.post("/api/auth/logout").catch(() => {});
    await db.delete("meta", "user");
    location.assign("/sign-in");
  });
}

/** @param {{outbox: Outbox, ledger: Ledger, sync: Sync, live: Live}} shell */
function showState({ outbox, ledger, sync, live }) {
  const queue = async () => {
    strip.queue = { tally: await ledger.tally(), signedOut: sync.state === "signed_out" };
    strip.lastSync = await ledger.lastSync();
  };
  const network = () => {
    strip.network = navigator.onLine;
    if (navigator.onLine) sync.networkIsBack();
  };
  addEventListener("online", () => live.networkIsBack());
  addEventListener("offline", () => live.networkIsGone());
  outbox.addEventListener("change", queue);
  sync.addEventListener("state", queue);
  live.addEventListener("state", () => {
    strip.live = live.state;
    if (live.state === "live") sync.networkIsBack();
  });
  live.addEventListener("signed-out", toSignIn);
  addEventListener("online", network);
  addEventListener("offline", network);
  strip.live = live.state;
  network();
  void queue();
}
