// @ts-check
/**
 * The service worker, from a page's side: installs it, and lets a new version begin when nobody counts.
 * Tabs at a rack hold a shared lock; whoever gets it alone knows that there is none.
 */

const COUNTING = "stockverify-counting";
const WAKE_TAG = "send";
const ASK_AGAIN_MS = 60_000;
/** What is not needed to open a screen is fetched when the start is over. */
const EXTRAS_MS = 4_000;

/** The only address that may become a script; the page's policy refuses all others. */
const policy = /** @type {any} */ (globalThis).trustedTypes?.createPolicy("stockverify", {
  createScriptURL(/** @type {string} */ url) {
    if (url !== "/sw.js") throw new TypeError(`${url} is no script of ours`);
    return url;
  },
});

/** Events: `ready` (a new version waits for the end of counting), `changed` (one has begun), `wake`. */
export class Installed extends EventTarget {
  /**
   * @param {object} [parts]
   * @param {ServiceWorkerContainer} [parts.container]  none on an address without HTTPS
   * @param {Pick<LockManager, "request">} [parts.locks]
   */
  constructor({ container = navigator.serviceWorker, locks = navigator.locks } = {}) {
    super();
    this.container = container;
    this.locks = locks;
    /** @type {ServiceWorkerRegistration | null} */
    this.registration = null;
    this.askedAt = -Infinity;
  }

  async start() {
    const { container } = this;
    if (!container) return;
    let isFirst = !container.controller;
    container.addEventListener("controllerchange", () => {
      if (!isFirst) this.dispatchEvent(new Event("changed"));
      isFirst = false;
    });
    container.addEventListener("message", ({ data }) => data === "send" && this.dispatchEvent(new Event("wake")));
    const url = policy ? policy.createScriptURL("/sw.js") : "/sw.js";
    const registration = await container.register(url, { scope: "/", updateViaCache: "none" });
    this.registration = registration;
    registration.addEventListener("updatefound", () => this.#follow(registration.installing));
    this.#follow(registration.installing);
    await this.offer();
    setTimeout(() => registration.active?.postMessage("extras"), EXTRAS_MS);
  }

  /**
   * Hold off new versions while somebody counts here.
   * @param {AbortSignal} signal  its end is the end of counting
   */
  async whileCounting(signal) {
    const end = new Promise((resolve) => signal.addEventListener("abort", resolve));
    await this.locks.request(COUNTING, { mode: "shared" }, () => end);
    await this.offer();
  }

  /** Let a version that waits begin, unless a tab counts. */
  async offer() {
    const { waiting, active } = this.registration ?? {};
    if (!waiting || !active) return; // the first version of all waits for nobody
    await this.locks.request(COUNTING, { ifAvailable: true }, async (lock) => {
      if (lock) waiting.postMessage("activate");
      else this.dispatchEvent(new Event("ready"));
    });
  }

  /**
   * Ask the browser for a sign when the network is back, where it can (Background Sync). Where it thinks
   * that the network is there, and only the server is not, it gives that sign at once: so not again soon.
   */
  async askToBeWoken() {
    const now = performance.now();
    if (now - this.askedAt < ASK_AGAIN_MS) return;
    this.askedAt = now;
    const { sync } = /** @type {any} */ (this.registration ?? {});
    await sync?.register(WAKE_TAG).catch(() => {});
  }

  /** @param {ServiceWorker | null} worker */
  #follow(worker) {
    worker?.addEventListener("statechange", () => worker.state === "installed" && void this.offer());
  }
}
