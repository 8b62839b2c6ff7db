// @ts-check
/**
 * Who is signed in on this device. Kept on disk, so that a shift goes on without a network; changed by
 * one tab at a time, so that nothing is ever sent under another name than the one it was made under.
 */
import { Problem } from "./api.js";
import { keepForSure } from "./store.js";

/** @import { User } from "./types.js" */
/** @import { Store } from "./store.js" */

/** How long after the last proof somebody may go on without asking the server. */
export const SHIFT_MS = 12 * 3_600_000;
const LOCK = "stockverify-who";
const CHANNEL = "stockverify-who";
const KEPT = "signed_in";
const LEAVING = "leaving";

/** @typedef {{user: User, proven_at: number, is_sure: boolean}} Kept  `is_sure`: the cookies are theirs */

/** The person whose work this is is not the one who is signed in. */
export class NotThem extends Error {
  constructor() {
    super("somebody else is signed in");
    this.name = "NotThem";
  }
}

export class Identity extends EventTarget {
  /**
   * @param {object} parts
   * @param {Store} parts.db
   * @param {import("./api.js").Api} parts.api
   * @param {Pick<LockManager, "request">} [parts.locks]
   * @param {() => number} [parts.now]
   */
  constructor({ db, api, locks = navigator.locks, now = () => Date.now() }) {
    super();
    this.db = db;
    this.api = api;
    this.locks = locks;
    this.now = now;
    this.channel = new BroadcastChannel(CHANNEL);
    this.channel.onmessage = () => this.dispatchEvent(new Event("change"));
  }

  close() {
    this.channel.close();
  }

  /**
   * Whoever may work here without asking the server.
   * @returns {Promise<User | null>}
   */
  async kept() {
    const kept = await this.#read();
    return kept && this.now() - kept.proven_at < SHIFT_MS ? kept.user : null;
  }

  /** Whether somebody was signed in here, too long ago to go on unasked. */
  async hasLapsed() {
    return Boolean(await this.#read()) && !(await this.kept());
  }

  /** Whether somebody signed out here without a network: the cookies are still theirs. */
  async isLeaving() {
    return Boolean(await this.db.get("meta", LEAVING));
  }

  /**
   * Ask the server who is signed in.
   * @returns {Promise<User>}
   */
  prove() {
    return this.locks.request(LOCK, { mode: "shared" }, () => this.#prove());
  }

  /**
   * @param {object} body
   * @returns {Promise<User>}
   */
  signIn(body) {
    return this.locks.request(LOCK, async () => {
      const before = await this.#read();
      // Where the answer is lost, nobody knows whose the cookies are.
      if (before) await keepForSure(this.db, KEPT, { ...before, is_sure: false });
      try {
        const { user } = await this.api.signIn(body);
        await this.#keep(user);
        this.channel.postMessage("changed");
        return user;
      } catch (error) {
        if (before && error instanceof Problem) await keepForSure(this.db, KEPT, before);
        throw error;
      }
    });
  }

  /** Gone on this device at once; the server is told now, or when it can be reached. */
  signOut() {
    return this.locks.request(LOCK, async () => {
      await keepForSure(this.db, LEAVING, true);
      await this.db.delete("meta", KEPT);
      this.channel.postMessage("changed");
      await this.#tellServer().catch(() => {});
    });
  }

  /** End the sign-in of somebody who left without a network. Raises Unreachable. */
  finishLeaving() {
    return this.locks.request(LOCK, async () => {
      if (await this.isLeaving()) await this.#tellServer();
    });
  }

  /**
   * Do something in a person's name, if they are the one who is signed in; nobody else can be, as long
   * as it runs. Raises NotThem.
   * @template T
   * @param {string} userId
   * @param {() => Promise<T>} act
   * @returns {Promise<T>}
   */
  as(userId, act) {
    return this.locks.request(LOCK, { mode: "shared" }, async () => {
      const kept = await this.#read();
      const user = kept?.is_sure ? kept.user : kept && (await this.#prove());
      if (user?.user_id !== userId) throw new NotThem();
      return act();
    });
  }

  async #prove() {
    const user = await this.api.get("/api/auth/me");
    const before = await this.#read();
    await this.#keep(user);
    if (before && before.user.user_id !== user.user_id) this.channel.postMessage("changed");
    return user;
  }

  /** @param {User} user */
  async #keep(user) {
    await keepForSure(this.db, KEPT, { user, proven_at: this.now(), is_sure: true });
    await this.db.delete("meta", LEAVING);
  }

  async #tellServer() {
    try {
      await this.api.post("/api/auth/logout");
    } catch (error) {
      if (!(error instanceof Problem) || error.status >= 500) throw error;
    }
    await this.db.delete("meta", LEAVING);
  }

  /** @returns {Promise<Kept | undefined>} */
  #read() {
    return this.db.get("meta", KEPT);
  }
}
