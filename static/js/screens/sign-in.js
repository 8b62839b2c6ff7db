// @ts-check
/** Sign in with a password or a PIN, and a code where it is asked for; whoever still is signed in is sent on. */
import { api, cookie, device } from "./start.js";
import { Problem, Unreachable } from "../core/api.js";
import { Identity } from "../core/identity.js";
import { Installed } from "../core/installed.js";
import { duration, t, tn } from "../core/texts.js";
import { openStore } from "../core/store.js";
import { box, part, tell, write } from "../elements/parts.js";
import { letPeek } from "../elements/secret-peek.js";
import { turnOwnFactor } from "./own-factor.js";
import { wordsOf } from "./problems.js";

/** @import { User } from "../core/types.js" */

const form = part(document, "form", HTMLFormElement);
const username = part(form, "username", HTMLInputElement);
const secret = part(form, "secret", HTMLInputElement);
const code = part(form, "code", HTMLInputElement);
const go = part(form, "go", HTMLButtonElement);
const db = await openStore();
const identity = new Identity({ db, api });
let usesPin = false;
let asksCode = false;
let usesRecovery = false;

form.addEventListener("submit", (event) => {
  event.preventDefault();
  void signIn();
});
go.disabled = false; // before, the browser itself would have put the password into an address
box(form, "switch").addEventListener("click", () => showPin(!usesPin));
letPeek(secret, box(form, "peek"));
box(form, "code-switch").addEventListener("click", () => showRecovery(!usesRecovery));
box(form, "code-back").addEventListener("click", () => askCode(false));
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
  if (kept && !kept.needs_second_factor) await enter(kept);
  else if (await identity.hasLapsed()) tell(form, "error", t("shift.over"));
}

async function signIn() {
  const name = username.value.trim();
  tell(form, "error", name && secret.value ? null : t("sign_in.missing"));
  if (!name || !secret.value) return (name ? secret : username).focus();
  if (asksCode && !code.value.trim()) return tell(form, "error", t("factor.code_missing")), code.focus();
  go.disabled = true;
  write(form, "go", t("sign_in.going"));
  try {
    const how = usesPin ? { pin: secret.value } : { password: secret.value };
    const proof = asksCode ? { ...how, code: code.value.trim() } : how;
    await enter(await identity.signIn({ username: name, ...proof, device_id: device, cookies: true }));
  } catch (error) {
    if (error instanceof Problem && error.code === "second_factor_required") askCode(true);
    else tell(form, "error", wordsFor(error)), (asksCode ? code : secret).select();
  } finally {
    go.disabled = false;
    write(form, "go", t("sign_in.go"));
  }
}

/** @param {User} user */
async function enter(user) {
  if (user.needs_second_factor && !(await turnOn(user))) return;
  const counts = user.role === "counter" || user.role === "device";
  const next = new URLSearchParams(location.search).get("next");
  const known = next === "/count" || (next === "/map" && !counts);
  location.replace(known ? next : counts ? "/count" : "/map");
}

/** Whoever may not go on without a second factor turns it on here, or leaves. @param {User} user */
async function turnOn(user) {
  if (document.querySelector("dialog[open]")) return false; // asked already
  if (await hasIt()) return true;
  if (!(await turnOwnFactor(api, user))) return identity.signOut().then(() => false);
  return hasIt();
}

/** By fresh tokens: those at hand may be older than the second factor. */
async function hasIt() {
  return (await api.refresh()) && !(await identity.prove()).needs_second_factor;
}

/** @param {unknown} error */
function wordsFor(error) {
  if (!(error instanceof Problem)) return wordsOf(error);
  if (error.status === 401) return t(asksCode ? "factor.code_wrong" : "sign_in.wrong");
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

/** Who it is stays as it was typed; back forgets the secret. @param {boolean} asks */
function askCode(asks) {
  asksCode = asks;
  box(form, "name-field").hidden = box(form, "secret-field").hidden = asks;
  box(form, "code-field").hidden = !asks;
  if (!asks) secret.value = "";
  showRecovery(false);
  (asks ? code : secret).focus();
}

/** @param {boolean} recovery */
function showRecovery(recovery) {
  usesRecovery = recovery;
  write(form, "code-label", t(recovery ? "factor.recovery_code" : "factor.code"));
  write(form, "code-hint", t(recovery ? "factor.recovery_hint" : "factor.code_hint"));
  write(form, "code-switch", t(recovery ? "factor.use_app" : "factor.use_recovery"));
  code.inputMode = recovery ? "text" : "numeric";
  code.autocomplete = recovery ? "off" : "one-time-code";
  code.value = "";
  tell(form, "error", null);
  code.focus();
}

/** Counts of a person who signed out wait for that person: say so. */
async function tellWaiting() {
  const all = await db.getAll("outbox");
  const n = all.filter(({ state }) => state === "queued" || state === "sending").length;
  tell(form, "waiting", n ? tn("sign_in.waiting", n) : null);
}
