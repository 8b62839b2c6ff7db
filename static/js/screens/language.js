// @ts-check
/** The choice of a language: kept on the device, and in force at once, also without a network. */

const YEAR_S = 31_536_000;
/** Where the service worker, which sees no cookies, looks for the choice: see static/sw.js. */
const CHOICE = { cache: "language", key: "/static/chosen-language" };

for (const select of document.querySelectorAll("select[data-part=language]")) {
  select.addEventListener("change", () => void choose(/** @type {HTMLSelectElement} */ (select).value));
}
if (document.cookie.includes("lang=")) void tellWorker(document.documentElement.lang);

/** @param {string} lang */
async function choose(lang) {
  const secure = location.protocol === "https:" ? "; secure" : "";
  document.cookie = `lang=${lang}; path=/; max-age=${YEAR_S}; samesite=lax${secure}`;
  await tellWorker(lang);
  location.reload();
}

/** @param {string} lang */
async function tellWorker(lang) {
  if (!("caches" in globalThis)) return; // an address without HTTPS: no worker either
  const cache = await caches.open(CHOICE.cache);
  await cache.put(CHOICE.key, new Response(lang));
}
