// @ts-check
/** Sign in with a password or a PIN; whoever still is signed in is sent on. */
import { api, cookie, device } from "./start.js";
import { Problem, Unreachable } from "../core/api.js";
import { Identity } from "../core/identity.js";
import { Installed } from "../core/installed.js";
import { duration, t, tn } from "../core/texts.js";
import { openStore } from "../core/store.js";
import { box, part, tell, write } from "../elements/parts.js";
import { letPeek } from "../elements/secret-peek.js";
import { wordsOf } from "./problems.js";

/** @import { User } from "../core/types.js" */

const form = part(document, "form", HTMLFormElement);
const username = part(form, "username", HTMLInputElement);
const secret = part(form, "secret", HTMLInputElement);
const go = part(form, "go", HTMLButtonElement);
const db = await openStore();
const identity = new Identity({ db, api });
let usesPin = false;

form.addEventListener("submit", (event) => {
  event.preventDefault();
  void signIn();
});
go.disabled = false; // before, the browser itself would have put the password into an address
box(form, "switch").addEventListener("click", () => showPin(!usesPin));
letPeek(secret, box(form, "peek"));
addEventListener("online", () => void goOn());
identity.addEventListener("change", () => void goOn());
new Installed().start().catch((error) => console.warn("The app cannot be installed:", error));
void goOn();
void tellWaiting();

/** Whoever is signed in still is sent on; whoever left without a network is signed out for good. */
async function goOn() {
  if (await identity.isLeaving()) await identity.finishLeaving().catch(() => {});
  else if (cookie("csrf_refresh_token") || (await identity.kept())) await identity.prove().then(enter).catch(goOnUnasked);
}

/** Without a network the shift decides. @param {unknown} error */
async function goOnUnasked(error) {
  const kept = error instanceof Unreachable && (await identity.kept());
  if (kept) enter(kept);
  else if (await identity.hasLapsed()) tell(form, "error", t("shift.over"));
}

async function signIn() {
  const name = username.value.trim();
  tell(form, "error", name && secret.value ? null : t("sign_in.missing"));
  if (!name || !secret.value) return (name ? secret : username).focus();
  go.disabled = true;
  write(form, "go", t("sign_in.going"));
  try {
    const how = usesPin ? { pin: secret.value } : { password: secret.value };
    enter(await identity.signIn({ username: name, ...how, device_id: device, cookies: true }));
  } catch (error) {
    tell(form, "error", wordsFor(error));
    go.disabled = false;
    write(form, "go", t("sign_in.go"));
    secret.select();
  }
}

/** @param {User} user */
function enter(user) {
  const counts = user.role === "counter" || user.role === "device";
  const next = new URLSearchParams(location.search).get("next");
  const known = next === "/count" || (next === "/map" && !counts);
  location.replace(known ? next : counts ? "/count" : "/map");
}

/** @param {unknown} error */
function wordsFor(error) {
  if (!(error instanceof Problem)) return wordsOf(error);
  if (error.status === 401) return t("sign_in.wrong");
  if (error.status === 429) return t("sign_in.too_many", { span: duration(error.retryAfter ?? 60) });
  return wordsOf(error);
}

/** @param {boolean} pin */
function showPin(pin) {
  usesPin = pin;
  write(form, "secret-label", t(pin ? "sign_in.pin" : "sign_in.password"));
  write(form, "switch", t(pin ? "sign_in.use_password" : "sign_in.use_pin"));
  secret.inputMode = pin ? "numeric" : "text";
  secret.autocomplete = pin ? "off" : "current-password";
  secret.value = "";
  secret.focus();
}

/** Counts of a person who signed out wait for that person: say so. */
async function tellWaiting() {
  const all = await db.getAll("outbox");
  const n = all.filter(({ state }) => state === "queued" || state === "sending").length;
  tell(form, "waiting", n ? tn("sign_in.waiting", n) : null);
}
