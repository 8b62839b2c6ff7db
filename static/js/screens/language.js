// @ts-check
/** The choice of a language: kept on the device, and in force at once, also in what is kept for offline. */

const YEAR_S = 31_536_000;
/** The worker fetches all pages again; on weak Wi-Fi it is not waited for longer. */
const WAIT_MS = 5_000;

for (const select of document.querySelectorAll("select[data-part=language]")) {
  select.addEventListener("change", () => void choose(/** @type {HTMLSelectElement} */ (select).value));
}

/** @param {string} lang */
async function choose(lang) {
  const secure = location.protocol === "https:" ? "; secure" : "";
  document.cookie = `lang=${lang}; path=/; max-age=${YEAR_S}; samesite=lax${secure}`;
  await pagesKept();
  location.reload();
}

/** Until the pages that open without a network are in the new language. */
function pagesKept() {
  const worker = navigator.serviceWorker?.controller;
  if (!worker) return;
  const { port1, port2 } = new MessageChannel();
  return new Promise((/** @type {(value?: unknown) => void} */ resolve) => {
    port1.onmessage = resolve;
    setTimeout(resolve, WAIT_MS);
    worker.postMessage("pages", [port2]);
  });
}
