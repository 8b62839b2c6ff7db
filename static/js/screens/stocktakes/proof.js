// @ts-check
/** The proof of custody of a stocktake: how far it is sealed, by which key, and the file that proves it. */
import { moment, t, tn, number } from "../../core/texts.js";
import { box, part, write } from "../../elements/parts.js";

/** @import { Custody, Stocktake } from "../../core/types.js" */
/** @import { Shell } from "../shell.js" */

export class ProofPanel {
  #id = "";

  /** @param {Pick<Shell, "api">} shell */
  constructor({ api }) {
    this.api = api;
    this.button = part(document, "proof-get", HTMLButtonElement);
    this.button.addEventListener("click", () => void this.#fetch());
  }

  /**
   * @param {Stocktake} stocktake
   * @param {Custody} custody
   */
  show({ stocktake_id: id }, custody) {
    this.#id = id;
    const state = box(document, "proof-state");
    state.dataset["state"] = custody.state;
    state.textContent = t(`proof.state.${custody.state}`);
    write(document, "proof-text", wordsOf(custody));
    write(document, "proof-key", custody.key);
    write(document, "proof-command", `flask verify custody-${id}.zip --key "${custody.key}"`);
    this.button.disabled = custody.state !== "sealed";
  }

  /** Whoever's sign-in ran out meanwhile is signed in again first. */
  async #fetch() {
    await this.api.get("/api/auth/me").catch(() => null);
    location.assign(`/api/stocktakes/${encodeURIComponent(this.#id)}/custody`);
  }
}

/** @param {Custody} custody */
function wordsOf({ state, links, racks, sealed_at: sealedAt, last_link_at: last }) {
  const figures = { n: number(links), racks: number(racks), at: moment(sealedAt ?? last ?? "") };
  if (state === "growing" && links === 0) return t("proof.none_yet");
  return tn(`proof.${state}`, links, figures);
}
