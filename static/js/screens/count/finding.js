// @ts-check
/** From a code to the item that it means: here first, then the server; a case means the pieces in it. */

/** @import { Item } from "../../core/types.js" */
/** @import { ScanCode } from "../../core/scan-code.js" */
/** @import { Catalogue } from "../../core/catalogue.js" */
/** @import { Store } from "../../core/store.js" */

/**
 * @typedef {object} Found
 * @property {Item} item
 * @property {"unknown" | "unchecked" | null} flag
 * @property {string | null} caseCode  the code of a case, whose pieces are `item`
 */

export class Finding {
  /**
   * @param {Catalogue} catalogue
   * @param {Store} db
   */
  constructor(catalogue, db) {
    this.catalogue = catalogue;
    this.db = db;
  }

  /**
   * @param {ScanCode} code
   * @returns {Promise<Found>}
   */
  async find({ code, candidates, inside }) {
    const near = (await this.#near(candidates)) ?? (await this.#near(inside));
    if (near) return { item: near.item, flag: null, caseCode: inside.includes(near.code) ? code : null };
    const asked = await this.catalogue.find(candidates[0] ?? code);
    if (asked && !asked.unknown) return { item: asked, flag: null, caseCode: null };
    const piece = inside[0] ? await this.catalogue.find(inside[0]) : null;
    if (piece && !piece.unknown) return { item: piece, flag: null, caseCode: code };
    const item = { item_code: code, item_name: "", unknown: true };
    return { item, flag: asked ? "unknown" : "unchecked", caseCode: null };
  }

  /** Pieces in a case, where somebody told this device before. @param {string} caseCode */
  async pack(caseCode) {
    return /** @type {number | undefined} */ (await this.db.get("meta", `pack:${caseCode}`)) ?? null;
  }

  /**
   * @param {string} caseCode
   * @param {number} pieces
   */
  async keepPack(caseCode, pieces) {
    await this.db.put("meta", pieces, `pack:${caseCode}`);
  }

  /** @param {string[]} codes */
  async #near(codes) {
    for (const code of codes) {
      const item = await this.catalogue.near(code);
      if (item) return { item, code };
    }
    return null;
  }
}
