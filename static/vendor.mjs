/** Copies the browser builds of our npm packages to static/vendor/ (not committed). `npm run vendor`. */
import { copyFileSync, mkdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const from = join(here, "..", "node_modules");
const to = join(here, "vendor");

const FILES = {
  "socket.io-client/dist/socket.io.esm.min.js": "socket.io.js",
  "idb/build/index.js": "idb.js",
  "@fontsource-variable/atkinson-hyperlegible-next/files/atkinson-hyperlegible-next-latin-wght-normal.woff2":
    "next-latin.woff2",
  "@fontsource-variable/atkinson-hyperlegible-next/files/atkinson-hyperlegible-next-latin-ext-wght-normal.woff2":
    "next-latin-ext.woff2",
  "@fontsource/atkinson-hyperlegible-mono/files/atkinson-hyperlegible-mono-latin-600-normal.woff2":
    "mono-latin.woff2",
  // The page at /api/docs.
  "swagger-ui-dist/swagger-ui.css": "swagger-ui/swagger-ui.css",
  "swagger-ui-dist/swagger-ui-bundle.js": "swagger-ui/swagger-ui-bundle.js",
  "swagger-ui-dist/swagger-ui-standalone-preset.js": "swagger-ui/swagger-ui-standalone-preset.js",
};

rmSync(to, { recursive: true, force: true });
mkdirSync(join(to, "swagger-ui"), { recursive: true });
for (const [source, target] of Object.entries(FILES)) copyFileSync(join(from, source), join(to, target));
console.log(`${Object.keys(FILES).length} files copied to static/vendor/`);
