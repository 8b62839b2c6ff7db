// @ts-check
/** The server's JSON API: CSRF header, one refresh at 401, problems as errors. */

const TIMEOUT_MS = 15_000;

/** The server answered, and refused (RFC 9457). */
export class Problem extends Error {
  /**
   * @param {number} status
   * @param {Record<string, any>} body
   * @param {number | null} retryAfter  seconds
   */
  constructor(status, body, retryAfter) {
    super(body.detail || body.title || `HTTP ${status}`);
    this.name = "Problem";
    this.status = status;
    this.code = String(body.code ?? "internal_error");
    this.facts = body;
    this.retryAfter = retryAfter;
  }
}

/** No answer came: network gone, server gone, or too late. Whether it was done is not known. */
export class Unreachable extends Error {
  constructor() {
    super("unreachable");
    this.name = "Unreachable";
  }
}

export class Api {
  /**
   * @param {object} parts
   * @param {(name: string) => string | undefined} parts.cookie
   * @param {typeof fetch} [parts.fetch]
   * @param {<T>(act: () => Promise<T>) => Promise<T>} [parts.oneTab]  runs `act` in one tab at a time
   * @param {() => void} [parts.onSignedOut]
   */
  constructor({ cookie, fetch: send = (...a) => fetch(...a), oneTab = (act) => act(), onSignedOut }) {
    this.cookie = cookie;
    this.send = send;
    this.oneTab = oneTab;
    this.onSignedOut = onSignedOut ?? (() => {});
  }

  /**
   * @param {string} path
   * @param {AbortSignal} [signal]
   * @returns {Promise<any>}
   */
  get(path, signal) {
    return this.#ask("GET", path, undefined, signal);
  }

  /**
   * @param {string} path
   * @param {object} [body]
   * @param {AbortSignal} [signal]
   * @returns {Promise<any>}
   */
  post(path, body = {}, signal) {
    return this.#ask("POST", path, body, signal);
  }

  /**
   * Change a thing.
   * @param {string} path
   * @param {object} body
   * @returns {Promise<any>}
   */
  patch(path, body) {
    return this.#ask("PATCH", path, body);
  }

  /**
   * @param {string} path
   * @returns {Promise<any>}
   */
  remove(path) {
    return this.#ask("DELETE", path);
  }

  /**
   * Send a file.
   * @param {string} path
   * @param {FormData} form
   * @returns {Promise<any>}
   */
  upload(path, form) {
    return this.#ask("POST", path, form);
  }

  /**
   * Sign-in stands apart: its 401 means a wrong password, not an old token.
   * @param {object} body
   * @returns {Promise<any>}
   */
  async signIn(body) {
    return answerOf(await this.#once("POST", "/api/auth/login", body));
  }

  /**
   * New tokens, once for all tabs: refresh tokens rotate, so a second tab must not send the old one.
   * @returns {Promise<boolean>} whether somebody is signed in again
   */
  async refresh() {
    const before = this.cookie("csrf_access_token");
    return this.oneTab(async () => {
      const now = this.cookie("csrf_access_token");
      if (now && now !== before) return true;
      if (!this.cookie("csrf_refresh_token")) return false;
      const answer = await this.#once("POST", "/api/auth/refresh", {});
      if (answer.status >= 500 || answer.status === 429) throw new Unreachable();
      return answer.ok;
    });
  }

  /**
   * @param {string} method
   * @param {string} path
   * @param {object} [body]
   * @param {AbortSignal} [signal]
   */
  async #ask(method, path, body, signal) {
    let answer = await this.#once(method, path, body, signal);
    if (answer.status === 401 && (await this.refresh())) {
      answer = await this.#once(method, path, body, signal);
    }
    if (answer.status === 401) this.onSignedOut();
    return answerOf(answer);
  }

  /**
   * @param {string} method
   * @param {string} path
   * @param {object} [body]
   * @param {AbortSignal} [signal]
   */
  async #once(method, path, body, signal) {
    const refreshing = path === "/api/auth/refresh";
    const csrf = this.cookie(refreshing ? "csrf_refresh_token" : "csrf_access_token");
    /** @type {Record<string, string>} */
    const headers = { Accept: "application/json" };
    const isForm = body instanceof FormData; // the browser names its type, with the boundary
    if (body && !isForm) headers["Content-Type"] = "application/json";
    if (method !== "GET" && csrf) headers["X-CSRF-TOKEN"] = csrf;
    const late = AbortSignal.timeout(TIMEOUT_MS);
    try {
      return await this.send(path, {
        method,
        headers,
        credentials: "same-origin",
        cache: "no-store",
        body: isForm ? body : body && JSON.stringify(body),
        signal: signal ? AbortSignal.any([signal, late]) : late,
      });
    } catch (error) {
      if (signal?.aborted) throw error;
      throw new Unreachable();
    }
  }
}

/** @param {Response} answer */
async function answerOf(answer) {
  const text = await answer.text().catch(() => {
    throw new Unreachable();
  });
  let body;
  try {
    body = text ? JSON.parse(text) : {};
  } catch {
    body = {};
  }
  if (answer.ok) return body;
  const wait = Number(answer.headers.get("Retry-After"));
  throw new Problem(answer.status, body, Number.isFinite(wait) && wait > 0 ? wait : null);
}
