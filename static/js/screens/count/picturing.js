// @ts-check
/** Photographs of the count on the card: made small, put on disk, shown with where they have got to. */
import { shrunk } from "../../core/shrink.js";
import { t } from "../../core/texts.js";
import { wordsOf } from "../problems.js";

/** @import { Photos } from "../../core/photos.js" */
/** @import { PhotoStrip } from "../../elements/photo-strip.js" */

/** The server takes so many a count. */
const MOST = 20;

export class Picturing {
  /**
   * @param {PhotoStrip} strip
   * @param {Photos} photos
   * @param {AbortSignal} signal
   */
  constructor(strip, photos, signal) {
    this.strip = strip;
    this.photos = photos;
    const detail = (/** @type {Event} */ event) => /** @type {CustomEvent} */ (event).detail;
    strip.addEventListener("photo", (event) => void this.#add(detail(event)), { signal });
    strip.addEventListener("remove", (event) => void photos.remove(detail(event).id), { signal });
    strip.addEventListener("entry", () => void this.#show(), { signal });
    photos.addEventListener("change", () => void this.#show(), { signal });
  }

  /** @param {{files: File[], entryId: string | null}} chosen */
  async #add({ files, entryId }) {
    if (!entryId) return;
    this.strip.problem = null;
    try {
      const room = MOST - (await this.photos.of(entryId)).length;
      if (files.length > room) this.strip.problem = t("photo.too_many", { n: MOST });
      for (const file of files.slice(0, room)) await this.photos.add(entryId, await shrunk(file));
    } catch (error) {
      const unreadable = error instanceof DOMException && ["InvalidStateError", "EncodingError"].includes(error.name);
      this.strip.problem = unreadable ? t("photo.unreadable") : wordsOf(error);
    }
  }

  async #show() {
    const { entryId } = this.strip;
    const photos = entryId ? await this.photos.of(entryId) : [];
    if (entryId === this.strip.entryId) this.strip.photos = photos;
  }
}
