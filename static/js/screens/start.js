// @ts-check
/** First import of every screen: the language, the API, and the bar at the top. */
import { Api } from "../core/api.js";
import { deviceId } from "../core/device.js";
import { FaultReport } from "../core/fault-report.js";
import { speak } from "../core/texts.js";
import "./language.js";

const texts = document.getElementById("texts")?.textContent ?? "{}";
speak(JSON.parse(texts), document.documentElement.lang);

export const device = deviceId(localStorage);

/** @param {string} name */
export function cookie(name) {
  return document.cookie.split("; ").find((pair) => pair.startsWith(`${name}=`))?.slice(name.length + 1);
}

let isLeaving = false;

/** Sign out by this, and go: requests that are refused meanwhile lead nobody back here. @param {() => Promise<void>} signOut */
export async function leaveBy(signOut) {
  isLeaving = true;
  try {
    await signOut();
    location.assign("/sign-in");
  } catch (error) {
    isLeaving = false;
    throw error;
  }
}

/** Go and sign in, then come back here. */
export function toSignIn() {
  if (!isLeaving && location.pathname !== "/sign-in") location.assign(`/sign-in?next=${encodeURIComponent(location.pathname)}`);
}

export const api = new Api({
  cookie,
  oneTab: async (act) => navigator.locks.request("stockverify-refresh", act),
  onSignedOut: toSignIn,
});

const faults = new FaultReport((report) => api.post("/api/logs/errors/report", report), location.pathname);
addEventListener("error", ({ error }) => faults.tell(error));
addEventListener("unhandledrejection", ({ reason }) => faults.tell(reason));
