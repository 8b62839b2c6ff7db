// @ts-check
/** What the screens share once somebody is signed in: who, the outbox and its sync, the live line, the top bar. */
import { io } from "socket.io-client";
import { Problem } from "../core/api.js";
import { Catalogue } from "../core/catalogue.js";
import { Identity } from "../core/identity.js";
import { Installed } from "../core/installed.js";
import { KeptAnswers } from "../core/kept-answers.js";
import { Ledger } from "../core/ledger.js";
import { Live } from "../core/live.js";
import { Outbox } from "../core/outbox.js";
import { openStore } from "../core/store.js";
import { Sync } from "../core/sync.js";
import { t } from "../core/texts.js";
import { box } from "../elements/parts.js";
import { ToastStack } from "../elements/toast-stack.js";
import { watchDevice } from "./on-device.js";
import { offerOwnAccount } from "./own-account.js";
import { offerOwnFactor } from "./own-factor.js";
import { api, device, toSignIn } from "./start.js";
import { showConflicts, showState, showUser } from "./top-bar.js";

/** @import { User } from "../core/types.js" */

const toasts = /** @type {ToastStack} */ (document.querySelector("toast-stack"));

/** @typedef {Awaited<ReturnType<typeof openShell>>} Shell */

/**
 * Open what a screen stands on. Without a network whoever was signed in here goes on for their shift.
 * @param {() => boolean} [isFree]  whether the page may be left without asking
 */
export async function openShell(isFree = () => true) {
  api.onSignedOut = () => signedOut(isFree);
  const db = await openStore(undefined, () => location.reload());
  const identity = new Identity({ db, api });
  const user = await whoIsHere(identity, isFree);
  const outbox = new Outbox(db, { userId: user.user_id, deviceId: device });
  const ledger = new Ledger(db, user.user_id);
  const sync = new Sync({ outbox, api, as: (act) => identity.as(user.user_id, act) });
  const live = new Live(io({ transports: ["websocket"], autoConnect: false }), () => api.refresh());
  const installed = new Installed();
  const kept = new KeptAnswers(db, api, user.user_id);
  const catalogue = new Catalogue(db, api);
  const shell = { db, user, identity, outbox, ledger, sync, live, toasts, api, installed, kept, catalogue };
  live.addEventListener("signed-out", () => void identity.prove().catch(() => {})); // only the server's word counts
  showUser(shell);
  showState(shell);
  showConflicts(shell);
  watchDevice(shell);
  offerOwnAccount(shell);
  offerOwnFactor(shell);
  keepUpToDate(shell, isFree);
  hearMessages(shell);
  sync.start();
  if (user.role !== "auditor") catalogue.copy.start();
  return shell;
}

/**
 * @param {Identity} identity
 * @param {() => boolean} isFree
 * @returns {Promise<User>}
 */
async function whoIsHere(identity, isFree) {
  const known = await identity.kept();
  const kept = known?.needs_second_factor ? null : known;
  const user = kept ?? (await proven(identity));
  identity.addEventListener("change", () => void leaveIfNot(user, identity));
  if (kept) identity.prove().then(
    (now) => {
      if (now.needs_second_factor) signedOut(isFree);
      else if (now.user_id !== user.user_id || now.role !== user.role) location.reload();
    },
    (error) => isRefusal(error) && signedOut(isFree),
  );
  return user;
}

/**
 * @param {Identity} identity
 * @returns {Promise<User>}
 */
async function proven(identity) {
  if (!(await identity.isLeaving())) {
    const user = await identity.prove().catch(() => null);
    if (user && !user.needs_second_factor) return user;
  }
  toSignIn(); // where it is turned on, too
  return new Promise(() => {});
}

/**
 * Another tab signed this person out, or somebody else in.
 * @param {User} user
 * @param {Identity} identity
 */
async function leaveIfNot(user, identity) {
  const now = await identity.kept();
  if (now?.user_id !== user.user_id) location.reload();
}

/** @param {unknown} error */
function isRefusal(error) {
  return error instanceof Problem && (error.status === 401 || error.status === 403);
}

/** Nobody is taken away from a rack: counts go on being saved. @param {() => boolean} isFree */
function signedOut(isFree) {
  if (isFree()) toSignIn();
  else box(document, "sign-in-again").hidden = false;
}

/** What a supervisor writes stays on the screen until it is read. @param {Pick<Shell, "live" | "user">} shell */
function hearMessages({ live, user }) {
  live.addEventListener("event", (heard) => {
    const { event } = /** @type {CustomEvent} */ (heard).detail;
    if (event.type === "rack_offered") {
      const words = t("hand.letter", { who: event.by?.name ?? "", rack: event.rack_id ?? "" });
      return toasts.keep(`offer ${event.rack_id}`, words, "good");
    }
    if (event.type !== "message" || event.by?.user_id === user.user_id) return;
    const text = t("message.from", { who: event.by?.name ?? "", text: event.message ?? "" });
    toasts.keep(event.message_id ?? "", text, event.level === "warning" ? "warn" : "good");
  });
}

/**
 * @param {{installed: Installed, sync: Sync}} shell
 * @param {() => boolean} isFree
 */
function keepUpToDate({ installed, sync }, isFree) {
  installed.addEventListener("ready", () => toasts.say(t("update.ready"), "warn"));
  installed.addEventListener("changed", () => isFree() && location.reload());
  installed.addEventListener("wake", () => sync.networkIsBack());
  sync.addEventListener("state", () => sync.state === "waiting" && void installed.askToBeWoken());
  installed.start().catch((error) => console.warn("The app cannot be installed:", error));
}
