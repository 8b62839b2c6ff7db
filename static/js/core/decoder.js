// @ts-check
/**
 * Reads barcodes in pictures: by the browser's own detector, else by zxing in WebAssembly from our own
 * origin. The latter is 1 MB, so it is fetched when a camera is opened the first time.
 */

/** What is printed on goods, shelves and cases. */
const FORMATS = [
  "ean_13", "ean_8", "upc_a", "upc_e", "code_128", "code_39", "itf", "codabar", "data_matrix", "qr_code", "databar", "databar_expanded",
];
const WASM = "/static/vendor/barcode-detector/";

/** @typedef {{detect: (source: ImageBitmapSource) => Promise<{rawValue: string, format: string}[]>}} Detector */

/** @returns {Promise<Detector>} */
export async function openDecoder() {
  return (await native()) ?? wasm();
}

/** @returns {Promise<Detector | null>} */
async function native() {
  /** @type {any} */
  const own = Reflect.get(globalThis, "BarcodeDetector");
  const known = await own?.getSupportedFormats?.().catch(() => []) ?? [];
  const formats = FORMATS.filter((format) => known.includes(format));
  // Some browsers have the name but read nothing, or QR codes only.
  return formats.includes("ean_13") && formats.includes("code_128") ? new own({ formats }) : null;
}

/** @returns {Promise<Detector>} */
async function wasm() {
  const { BarcodeDetector, prepareZXingModule } = await import("barcode-detector/ponyfill");
  await prepareZXingModule({
    overrides: { locateFile: (/** @type {string} */ path) => WASM + path },
    fireImmediately: true,
  });
  const known = await BarcodeDetector.getSupportedFormats();
  const formats = /** @type {any[]} */ (FORMATS).filter((format) => known.includes(format));
  return new BarcodeDetector({ formats });
}
