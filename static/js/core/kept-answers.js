// @ts-check
/** The last answers to a few questions, a user: what floors there are, which racks one holds. */
import { Unreachable } from "./api.js";

const STORE = "answers";

export class KeptAnswers {
  /**
   * @param {import("./store.js").Store} db
   * @param {import("./api.js").Api} api
   * @param {string} userId
   */
  constructor(db, api, userId) {
    this.db = db;
    this.api = api;
    this.userId = userId;
  }

  /**
   * The server's answer, or without a network the last one it gave this person here.
   * @param {string} path
   * @returns {Promise<any>} raises Unreachable where there is neither
   */
  async get(path) {
    try {
      const body = await this.api.get(path);
      await this.db.put(STORE, body, [this.userId, path]);
      return body;
    } catch (error) {
      const kept = error instanceof Unreachable && (await this.db.get(STORE, [this.userId, path]));
      if (kept) return kept;
      throw error;
    }
  }
}
