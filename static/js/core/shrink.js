// @ts-check
/** Photographs made small in the browser: what shows the damage, not every pixel of the camera. */

const LONGEST_PX = 1_600;
const QUALITY = 0.8;
const TYPES = ["image/webp", "image/jpeg"];

/**
 * @param {number} width
 * @param {number} height
 * @returns {[number, number]} the same shape, its longer side at most LONGEST_PX
 */
export function fitted(width, height) {
  const scale = Math.min(1, LONGEST_PX / Math.max(width, height));
  return [Math.max(1, Math.round(width * scale)), Math.max(1, Math.round(height * scale))];
}

/**
 * A smaller copy of a picture, turned upright and without what the camera noted (place, device).
 * @param {Blob} file
 * @returns {Promise<{bytes: ArrayBuffer, type: string}>}
 * @throws {DOMException} where the file is no picture that this browser can read
 */
export async function shrunk(file) {
  const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
  const [width, height] = fitted(picture.width, picture.height);
  const canvas = new OffscreenCanvas(width, height);
  const pen = canvas.getContext("2d");
  if (!pen) throw new DOMException("no canvas", "NotSupportedError");
  pen.fillStyle = "#fff";
  pen.fillRect(0, 0, width, height);
  pen.drawImage(picture, 0, 0, width, height);
  picture.close();
  for (const type of TYPES) {
    const blob = await canvas.convertToBlob({ type, quality: QUALITY });
    if (blob.type === type) return { bytes: await blob.arrayBuffer(), type };
  }
  throw new DOMException("no encoder", "EncodingError");
}
