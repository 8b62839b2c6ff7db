// @ts-check
/**
 * Opens the screens without a network. It keeps their files, never an answer of the API and never a
 * count: those are in IndexedDB. `KEPT` is put before this text by the server; see docs/offline.md.
 */

/** @type {{version: string, files: Record<string, string>, extras: Record<string, string>, pages: string[], languages: string[]}} */
const kept = /** @type {any} */ (self).KEPT;
const worker = /** @type {ServiceWorkerGlobalScope} */ (/** @type {unknown} */ (self));

const CACHES = "shell-";
const CACHE = CACHES + kept.version;
const HASH = "X-Content-Hash";
/** Where a page notes the chosen language: this worker sees no cookies. See screens/language.js. */
const CHOICE = { cache: "language", key: "/static/chosen-language" };
/** Fetches at a time: a phone's Wi-Fi, and a server with a hundred phones at the start of a shift. */
const LANES = 6;
/** On weak Wi-Fi the start page is not waited for. */
const START_MS = 2_500;

worker.addEventListener("install", (event) => {
  // Answers of the API do not even wake this worker, where the browser can do that.
  const routes = /** @type {any} */ (event);
  const direct = [{ condition: { urlPattern: "/api/*" }, source: "network" }];
  event.waitUntil(Promise.all([keepAll(), routes.addRoutes?.(direct)?.catch?.(() => {})]));
});

// A new version waits until a page says that nobody is counting: see core/installed.js.
worker.addEventListener("message", (event) => {
  if (event.data === "activate") event.waitUntil(worker.skipWaiting());
  if (event.data === "extras") event.waitUntil(keepExtras().catch(() => {}));
});

worker.addEventListener("activate", (event) => {
  event.waitUntil(Promise.all([forgetOthers(), worker.clients.claim()]));
});

worker.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== location.origin) return;
  if (pathname in kept.files || pathname in kept.extras) event.respondWith(fileOf(request, pathname));
  else if (request.mode !== "navigate") return;
  else if (kept.pages.includes(pathname)) event.respondWith(pageOf(request, pathname));
  else if (pathname === "/") event.respondWith(start(request));
});

// The queue is sent by a page, which has the cookies, the lock and the rules. This only wakes one.
worker.addEventListener("sync", (event) => {
  /** @type {any} */ (event).waitUntil(wakePages());
});

/** All or nothing: a version with a hole in it is not installed. */
async function keepAll() {
  await inLanes(Object.entries(kept.files), keepFile);
  await keepPages();
}

async function keepExtras() {
  for (const each of Object.entries(kept.extras)) await keepFile(each);
}

/**
 * From an earlier version where it has not changed, else from the server, if it is what it should be.
 * @param {[path: string, hash: string]} file
 */
async function keepFile([path, hash]) {
  const cache = await caches.open(CACHE);
  if (await cache.match(path)) return;
  const before = await caches.match(path);
  if (before?.headers.get(HASH) === hash) return cache.put(path, before);
  const answer = await fetch(path, { cache: "no-cache" });
  const content = await answer.arrayBuffer();
  if (!answer.ok || (await hashOf(content)) !== hash) throw new Error(`${path} is of another version`);
  const headers = { "Content-Type": answer.headers.get("Content-Type") ?? "", [HASH]: hash };
  await cache.put(path, new Response(content, { headers }));
}

/** In every language, so that one can be chosen without a network. */
async function keepPages() {
  const cache = await caches.open(CACHE);
  const all = kept.pages.flatMap((path) => kept.languages.map((lang) => inLanguage(path, lang)));
  await inLanes(all, async (address) => {
    const answer = await fetch(address, { cache: "no-store" });
    const version = answer.headers.get("X-Shell-Version");
    if (!answer.ok || version !== kept.version) throw new Error(`${address} is of another version`);
    await cache.put(address, answer);
  });
}

/**
 * @param {string} path
 * @param {string} lang
 */
function inLanguage(path, lang) {
  return `${path}?lang=${lang}`;
}

/** What was chosen on this device, else what the browser prefers. */
async function language() {
  const cache = await caches.open(CHOICE.cache);
  const chosen = await (await cache.match(CHOICE.key))?.text();
  const wishes = [chosen, ...navigator.languages.map((tag) => tag.split("-")[0]), ...kept.languages];
  return wishes.find((wish) => kept.languages.includes(wish ?? "")) ?? "";
}

/**
 * @param {Request} request
 * @param {string} path
 */
async function fileOf(request, path) {
  const cache = await caches.open(CACHE);
  return (await cache.match(path)) ?? fetch(request);
}

/**
 * @param {Request} request
 * @param {string} path
 */
async function pageOf(request, path) {
  const cache = await caches.open(CACHE);
  const address = inLanguage(path, await language());
  return (await cache.match(address, { ignoreVary: true })) ?? fetch(request);
}

/** The server knows whose work is where; without it the counter's screen opens. @param {Request} request */
async function start(request) {
  const late = new Promise((resolve) => setTimeout(() => resolve(Response.redirect("/count")), START_MS));
  return Promise.race([fetch(request).catch(() => Response.redirect("/count")), late]);
}

async function forgetOthers() {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name.startsWith(CACHES) && name !== CACHE).map((name) => caches.delete(name)));
}

async function wakePages() {
  for (const client of await worker.clients.matchAll({ includeUncontrolled: true })) client.postMessage("send");
}

/** @param {ArrayBuffer} content */
async function hashOf(content) {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", content));
  return [...digest.slice(0, 10)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * @template T
 * @param {T[]} things
 * @param {(thing: T) => Promise<unknown>} act
 */
async function inLanes(things, act) {
  const left = things.values();
  const lane = async () => {
    for (const thing of left) await act(thing);
  };
  await Promise.all(Array.from({ length: LANES }, lane));
}
