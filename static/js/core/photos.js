// @ts-check
/**
 * Photographs of counts: on disk first, then sent one after another, then named in their count as an
 * update. The server knows a picture by its content, so sending one twice makes no second.
 */
import { Problem } from "./api.js";

/** @import { Photo } from "./types.js" */

const LOCK = "stockverify-photos";
/** The server refuses the picture itself: sending it again would change nothing. */
const FINAL = [400, 413, 415, 422];

export class Photos extends EventTarget {
  #again = false;

  /**
   * @param {object} parts
   * @param {import("./store.js").Store} parts.db
   * @param {import("./outbox.js").Outbox} parts.outbox
   * @param {{upload: (path: string, form: FormData) => Promise<any>}} parts.api
   * @param {Pick<LockManager, "request">} [parts.locks]
   */
  constructor({ db, outbox, api, locks = navigator.locks }) {
    super();
    this.db = db;
    this.outbox = outbox;
    this.api = api;
    this.locks = locks;
    this.stopping = new AbortController();
  }

  /**
   * When this resolves, the picture is on disk.
   * @param {string} entryId
   * @param {{bytes: ArrayBuffer, type: string}} picture
   * @returns {Promise<Photo>}
   */
  async add(entryId, { bytes, type }) {
    /** @type {Photo} */
    const photo = {
      id: crypto.randomUUID(), user_id: this.outbox.userId, entry_id: entryId,
      bytes, type, evidence_id: null, problem: null, at: this.outbox.now(),
    };
    const tx = this.db.transaction("photos", "readwrite", { durability: "strict" });
    void tx.store.add(photo);
    await tx.done;
    this.#changed();
    void this.send();
    return photo;
  }

  /** @param {string} entryId */
  of(entryId) {
    return this.db.getAllFromIndex("photos", "by_entry", entryId);
  }

  /** Take a picture back, from its count too. @param {string} id */
  async remove(id) {
    const photo = await this.db.get("photos", id);
    await this.db.delete("photos", id);
    if (photo?.evidence_id) {
      await this.#name(photo.entry_id, (named) => named.filter((one) => one !== photo.evidence_id));
    }
    this.#changed();
  }

  /** How many wait to be sent. */
  async waiting() {
    const mine = await this.db.getAllFromIndex("photos", "by_user", this.outbox.userId);
    return mine.filter(({ evidence_id, problem }) => !evidence_id && !problem).length;
  }

  stop() {
    this.stopping.abort();
  }

  /** Send what waits, in one tab at a time; what fails waits for the next call. */
  async send() {
    this.#again = true;
    const { signal } = this.stopping;
    await this.locks.request(`${LOCK}:${this.outbox.userId}`, { signal }, () => this.#drain()).catch((error) => {
      if (!signal.aborted) throw error;
    });
  }

  async #drain() {
    while (this.#again && !this.stopping.signal.aborted) {
      this.#again = false;
      const mine = await this.db.getAllFromIndex("photos", "by_user", this.outbox.userId);
      for (const photo of mine.filter(({ evidence_id, problem }) => !evidence_id && !problem)) {
        if (!(await this.#sendOne(photo))) return;
      }
    }
  }

  /** @param {Photo} photo @returns {Promise<boolean>} whether going on makes sense */
  async #sendOne(photo) {
    const form = new FormData();
    form.append("photo", new Blob([photo.bytes], { type: photo.type }), `photo.${photo.type.split("/")[1]}`);
    try {
      const { evidence_id } = await this.api.upload("/api/evidence", form);
      await this.#keep({ ...photo, evidence_id });
      await this.#name(photo.entry_id, (named) => [...new Set([...named, evidence_id])]);
      return true;
    } catch (error) {
      if (!(error instanceof Problem) || !FINAL.includes(error.status)) return false;
      await this.#keep({ ...photo, problem: error.code });
      return true;
    }
  }

  /** A picture that was taken back meanwhile stays away. @param {Photo} photo */
  async #keep(photo) {
    const tx = this.db.transaction("photos", "readwrite");
    if (await tx.store.get(photo.id)) void tx.store.put(photo);
    await tx.done;
    this.#changed();
  }

  /**
   * @param {string} entryId
   * @param {(named: string[]) => string[]} change
   */
  async #name(entryId, change) {
    await this.outbox.amend(entryId, ({ record }) => ({ record: { evidence_photos: change(record.evidence_photos ?? []) } }));
  }

  #changed() {
    this.dispatchEvent(new Event("change"));
  }
}
