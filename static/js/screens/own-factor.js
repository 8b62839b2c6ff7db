// @ts-check
/** A person's second factor: on by the password and a code of the app, off by the password. */
import { Problem } from "../core/api.js";
import { duration, moment, t, tn } from "../core/texts.js";
import { box, clone, part, tell, write } from "../elements/parts.js";
import { wordsOf } from "./problems.js";

/** @import { Api } from "../core/api.js" */
/** @import { Shell } from "./shell.js" */
/** @import { User } from "../core/types.js" */

const PATH = "/api/auth/second-factor";
const CODE = /^\s*\d{3}\s?\d{3}\s*$/;
const GROUP = /.{4}/g;
const STEPS = /** @type {const} */ (["ask", "show", "done"]);
/** @typedef {{on: boolean, needed: boolean, since: string | null, recovery_codes_left: number}} State */

/** @param {Pick<Shell, "api" | "user" | "toasts">} shell */
export function offerOwnFactor({ api, user, toasts }) {
  box(document, "own-factor").addEventListener("click", async () => {
    document.querySelector("details[open]")?.removeAttribute("open");
    try {
      const turned = await turnOwnFactor(api, user);
      if (turned) toasts.say(t(`factor.turned_${turned}`));
    } catch (error) {
      toasts.say(wordsOf(error), "bad");
    }
  });
}

/**
 * Show how it stands and let it be turned on or off. Raises why the server does not say.
 * @param {Api} api
 * @param {User} user
 * @returns {Promise<"on" | "off" | null>} what it was turned to
 */
export async function turnOwnFactor(api, user) {
  const dialog = new OwnFactor(api, user, await api.get(PATH));
  return new Promise((resolve) => dialog.open(resolve));
}

/** A dialog for one time: nothing secret stays on the page. */
class OwnFactor {
  /** @type {typeof STEPS[number]} */
  step = "ask";
  /** @type {"on" | "off" | null} */
  turned = null;

  /**
   * @param {Api} api
   * @param {User} user
   * @param {State} state
   */
  constructor(api, user, state) {
    this.api = api;
    this.dialog = /** @type {HTMLDialogElement} */ (clone("own-factor"));
    this.password = part(this.dialog, "own-factor-password", HTMLInputElement);
    this.code = part(this.dialog, "own-factor-code", HTMLInputElement);
    this.go = part(this.dialog, "own-factor-go", HTMLButtonElement);
    this.off = part(this.dialog, "own-factor-off", HTMLButtonElement);
    part(this.dialog, "own-factor-username", HTMLInputElement).value = user.username;
    write(this.dialog, "own-factor-state", wordsFor(state));
    write(this.dialog, "own-factor-go", t(state.on ? "factor.new_phone" : "factor.begin"));
    this.off.hidden = !state.on || state.needed;
    this.#listen();
  }

  /** @param {(turned: "on" | "off" | null) => void} onclose */
  open(onclose) {
    this.dialog.addEventListener("close", () => {
      this.dialog.remove();
      onclose(this.turned);
    });
    document.body.append(this.dialog);
    this.dialog.showModal();
    this.password.focus();
  }

  #listen() {
    const { dialog } = this;
    box(dialog, "own-factor-cancel").addEventListener("click", () => dialog.close());
    dialog.addEventListener("cancel", (event) => this.step === "done" && event.preventDefault()); // codes are shown once
    this.off.addEventListener("click", () => void this.#attempt(() => this.#turnOff(), this.password));
    part(dialog, "own-factor-form", HTMLFormElement).addEventListener("submit", (event) => {
      event.preventDefault();
      if (this.step === "done") dialog.close();
      else if (this.step === "show") void this.#attempt(() => this.#confirm(), this.code);
      else void this.#attempt(() => this.#begin(), this.password);
    });
  }

  async #begin() {
    const { secret, address, qr } = await this.api.post(PATH, { password: this.password.value });
    part(this.dialog, "own-factor-qr", HTMLImageElement).src = qr;
    part(this.dialog, "own-factor-link", HTMLAnchorElement).href = address;
    write(this.dialog, "own-factor-key", secret.match(GROUP).join(" "));
    this.#show("show", t("factor.turn_on"));
    this.code.focus();
  }

  async #confirm() {
    const { recovery_codes: codes } = await this.api.post(`${PATH}/confirm`, { code: this.code.value });
    this.turned = "on";
    box(this.dialog, "own-factor-codes").replaceChildren(...codes.map(entryOf));
    this.#show("done", t("factor.kept"));
  }

  async #turnOff() {
    await this.api.post(`${PATH}/off`, { password: this.password.value });
    this.turned = "off";
    this.dialog.close();
  }

  /**
   * @param {() => Promise<void>} act
   * @param {HTMLInputElement} where  what it sends
   */
  async #attempt(act, where) {
    const isCode = where === this.code;
    const fits = isCode ? CODE.test(where.value) : where.value;
    if (!fits) return this.#refuse(t(isCode ? "factor.code_missing" : "account.password_missing"), where);
    this.go.disabled = this.off.disabled = true;
    try {
      await act();
    } catch (error) {
      const isLate = error instanceof Problem && error.code === "second_factor_not_begun";
      if (isLate) this.#show("ask", t("factor.begin"));
      this.#refuse(whyOf(error), isLate ? this.password : where);
    } finally {
      this.go.disabled = this.off.disabled = false;
      if (this.step === "done") this.go.focus();
    }
  }

  /**
   * @param {string} why
   * @param {HTMLInputElement} where
   */
  #refuse(why, where) {
    tell(this.dialog, "own-factor-error", why);
    where.focus();
    where.select();
  }

  /**
   * @param {typeof STEPS[number]} step
   * @param {string} go
   */
  #show(step, go) {
    this.step = step;
    for (const each of STEPS) box(this.dialog, `own-factor-${each}`).hidden = each !== step;
    box(this.dialog, "own-factor-cancel").hidden = step === "done";
    this.off.hidden = true;
    write(this.dialog, "own-factor-go", go);
    tell(this.dialog, "own-factor-error", null);
  }
}

/** @param {string} code */
function entryOf(code) {
  const entry = document.createElement("li");
  entry.textContent = code;
  return entry;
}

/** @param {State} state */
function wordsFor({ on, needed, since, recovery_codes_left: left }) {
  if (!on) return t(needed ? "factor.is_needed" : "factor.is_off");
  return tn("factor.is_on", left, { when: moment(since ?? "") });
}

/** @param {unknown} error */
function whyOf(error) {
  if (!(error instanceof Problem)) return wordsOf(error);
  if (error.code === "wrong_current_secret") return t("account.password_wrong");
  if (error.status === 429) return t("sign_in.too_many", { span: duration(error.retryAfter ?? 60) });
  return wordsOf(error);
}
