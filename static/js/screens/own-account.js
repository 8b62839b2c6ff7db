// @ts-check
/** A person's own password, or PIN: changed by whoever knows the one before. */
import { Problem } from "../core/api.js";
import { duration, t } from "../core/texts.js";
import { box, part, tell, write } from "../elements/parts.js";
import { letPeek } from "../elements/secret-peek.js";
import { wordsOf } from "./problems.js";

/** @import { Shell } from "./shell.js" */

/** As the server has it (app/api/schemas/users.py), so that nobody waits for its word. */
const FITS = { password: /^.{8,128}$/su, pin: /^[0-9]{4,8}$/ };
/** @typedef {keyof typeof FITS} Kind */

/** @param {Pick<Shell, "api" | "user" | "toasts">} shell */
export function offerOwnAccount(shell) {
  const dialog = new OwnAccount(shell);
  box(document, "own-password").addEventListener("click", () => {
    document.querySelector("details[open]")?.removeAttribute("open");
    dialog.open();
  });
}

class OwnAccount {
  /** @param {Pick<Shell, "api" | "user" | "toasts">} shell */
  constructor({ api, user, toasts }) {
    this.api = api;
    this.toasts = toasts;
    this.dialog = /** @type {HTMLDialogElement} */ (document.getElementById("own-account"));
    this.current = part(this.dialog, "own-current", HTMLInputElement);
    this.fresh = part(this.dialog, "own-new", HTMLInputElement);
    this.save = part(this.dialog, "own-save", HTMLButtonElement);
    this.show = letPeek(this.fresh, box(this.dialog, "own-peek"));
    /** @type {Kind} */
    this.kind = "password";
    part(this.dialog, "own-username", HTMLInputElement).value = user.username;
    box(this.dialog, "own-switch").hidden = user.role !== "counter" && user.role !== "device";
    this.#listen();
  }

  open() {
    this.#ask("password");
    this.dialog.showModal();
    this.current.focus();
  }

  #listen() {
    const { dialog } = this;
    box(dialog, "own-switch").addEventListener("click", () => {
      this.#ask(this.kind === "pin" ? "password" : "pin");
      this.current.focus();
    });
    box(dialog, "own-cancel").addEventListener("click", () => dialog.close());
    dialog.addEventListener("close", () => this.#ask("password")); // no secret stays in it
    part(dialog, "own-form", HTMLFormElement).addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#change();
    });
  }

  async #change() {
    const { kind, current, fresh } = this;
    if (!current.value) return this.#refuse(t(`account.${kind}_missing`), current);
    if (!FITS[kind].test(fresh.value)) return this.#refuse(t(`account.${kind}_hint`), fresh);
    this.save.disabled = true;
    try {
      await this.api.post("/api/auth/password", { current: current.value, [`new_${kind}`]: fresh.value });
      this.dialog.close();
      this.toasts.say(t(`account.${kind}_done`));
    } catch (error) {
      const isGuessed = error instanceof Problem && error.facts["errors"]?.[`new_${kind}`];
      this.#refuse(isGuessed ? t(`account.${kind}_guessed`) : wordsFor(error, kind), isGuessed ? fresh : current);
    } finally {
      this.save.disabled = false;
    }
  }

  /**
   * @param {string} why
   * @param {HTMLInputElement} where
   */
  #refuse(why, where) {
    tell(this.dialog, "own-error", why);
    where.focus();
    where.select();
  }

  /** @param {Kind} kind */
  #ask(kind) {
    this.kind = kind;
    for (const input of [this.current, this.fresh]) {
      input.value = "";
      input.inputMode = kind === "pin" ? "numeric" : "text";
    }
    this.current.autocomplete = kind === "pin" ? "off" : "current-password";
    this.fresh.autocomplete = kind === "pin" ? "off" : "new-password";
    write(this.dialog, "own-title", t(`account.${kind}`));
    write(this.dialog, "own-current-label", t(`account.current_${kind}`));
    write(this.dialog, "own-new-label", t(`account.new_${kind}`));
    write(this.dialog, "own-hint", t(`account.${kind}_hint`));
    write(this.dialog, "own-switch", t(kind === "pin" ? "account.use_password" : "account.use_pin"));
    tell(this.dialog, "own-error", null);
    this.show(false);
  }
}

/**
 * @param {unknown} error
 * @param {Kind} kind
 */
function wordsFor(error, kind) {
  if (!(error instanceof Problem)) return wordsOf(error);
  if (error.code === "wrong_current_secret") return t(`account.${kind}_wrong`);
  if (error.status === 429) return t("sign_in.too_many", { span: duration(error.retryAfter ?? 60) });
  return wordsOf(error);
}
