/** Copies the browser builds of our npm packages to static/vendor/ (not committed). `npm run vendor`. */
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
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
  "@fontsource-variable/noto-sans-devanagari/files/noto-sans-devanagari-devanagari-wght-normal.woff2":
    "devanagari.woff2",
  // The camera's decoder, where the browser has none of its own.
  "barcode-detector/dist/es/ponyfill.js": "barcode-detector/ponyfill.js",
  "barcode-detector/dist/es/zxing-exported.js": "barcode-detector/zxing-exported.js",
  "zxing-wasm/dist/reader/zxing_reader.wasm": "barcode-detector/zxing_reader.wasm",
  "uplot/dist/uPlot.esm.js": "uplot.js",
  "uplot/dist/uPlot.min.css": "uplot.css",
  // The page at /api/docs.
  "swagger-ui-dist/swagger-ui.css": "swagger-ui/swagger-ui.css",
  "swagger-ui-dist/swagger-ui-bundle.js": "swagger-ui/swagger-ui-bundle.js",
  "swagger-ui-dist/swagger-ui-standalone-preset.js": "swagger-ui/swagger-ui-standalone-preset.js",
};

/** Scripts that were written before there were modules: what they define is exported. */
const SCRIPTS = {
  "gs1-barcode-parser-mod/dist/gs1-barcode-parser-mod.min.js": ["gs1.js", "parseBarcode"],
};

rmSync(to, { recursive: true, force: true });
for (const folder of ["swagger-ui", "barcode-detector"]) mkdirSync(join(to, folder), { recursive: true });
for (const [source, target] of Object.entries(FILES)) copyFileSync(join(from, source), join(to, target));
for (const [source, [target, name]] of Object.entries(SCRIPTS)) {
  writeFileSync(join(to, target), `${readFileSync(join(from, source), "utf8")}\nexport { ${name} };\n`);
}
console.log(`${Object.keys({ ...FILES, ...SCRIPTS }).length} files copied to static/vendor/`);
