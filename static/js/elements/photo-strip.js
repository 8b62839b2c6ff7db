// @ts-check
/**
 * The photographs of one count: take, choose, look, take back.
 * Events: `photo` {files, entryId} · `remove` {id} · `entry`: another count is shown.
 */
import { t } from "../core/texts.js";
import { box, clone, part, write } from "./parts.js";

/** @import { Photo } from "../core/types.js" */

class PhotoStrip extends HTMLElement {
  /** @type {string[]} */
  #addresses = [];
  /** @type {string | null} */
  #entryId = null;

  connectedCallback() {
    this.addEventListener("change", (event) => {
      const input = event.target;
      if (!(input instanceof HTMLInputElement) || !input.files?.length) return;
      this.dispatchEvent(new CustomEvent("photo", { detail: { files: [...input.files], entryId: this.#entryId } }));
      input.value = "";
    });
    this.addEventListener("input", (event) => event.stopPropagation()); // no field of the count
    box(this, "photo-list").addEventListener("click", (event) => {
      const button = event.target instanceof Element ? event.target.closest("button") : null;
      const id = button?.dataset["id"];
      if (id) this.dispatchEvent(new CustomEvent("remove", { detail: { id } }));
    });
  }

  /** Pictures belong to a count that is on disk. @param {string | null} id */
  set entryId(id) {
    const isOther = id !== this.#entryId;
    this.#entryId = id;
    if (isOther) this.photos = [];
    if (isOther) this.dispatchEvent(new Event("entry"));
    box(this, "photo-after").hidden = id !== null;
    for (const input of this.querySelectorAll("input")) input.disabled = id === null;
  }

  get entryId() {
    return this.#entryId;
  }

  /** @param {Photo[]} photos */
  set photos(photos) {
    for (const address of this.#addresses) URL.revokeObjectURL(address);
    this.#addresses = photos.map(({ bytes, type }) => URL.createObjectURL(new Blob([bytes], { type })));
    box(this, "photo-list").replaceChildren(...photos.map((photo, i) => tile(photo, i + 1, this.#addresses[i] ?? "")));
  }

  /** @param {string | null} text */
  set problem(text) {
    write(this, "photo-problem", text ?? "");
  }

  get takes() {
    return part(this, "photo-take", HTMLInputElement);
  }
}

/**
 * @param {Photo} photo
 * @param {number} n
 * @param {string} address
 */
function tile({ id, evidence_id, problem }, n, address) {
  const item = clone("photo");
  const state = problem ? "refused" : evidence_id ? "sent" : "waits";
  item.dataset["state"] = state;
  part(item, "picture", HTMLImageElement).src = address;
  part(item, "picture", HTMLImageElement).alt = t("photo.n", { n });
  write(item, "photo-state", t(`photo.${state}`));
  const button = part(item, "photo-remove", HTMLButtonElement);
  button.dataset["id"] = id;
  button.setAttribute("aria-label", t("photo.remove", { n }));
  return item;
}

customElements.define("photo-strip", PhotoStrip);
export { PhotoStrip };
