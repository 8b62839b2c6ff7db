// @ts-check
/** The right side of the desk: one conflict, both its sides and its history. */
import { settledOf } from "../../core/desk-queue.js";
import { t } from "../../core/texts.js";
import { ConflictDiff } from "../../elements/conflict-diff.js";
import { ConflictHistory } from "../../elements/conflict-history.js";
import { fieldWords, howWords, isCorrected, itemOf, momentWords, nowWords, typeWords, whyWords } from "../../elements/desk-words.js";
import { box, tell, write } from "../../elements/parts.js";

/** @import { Settled } from "../../core/desk-queue.js" */
/** @import { Case } from "../../core/types.js" */
/** @import { Shell } from "../shell.js" */

/** Who runs through the queue by key does not ask for each. */
const REST_MS = 90;

export class CaseView extends EventTarget {
  /** @type {Case | null} */
  kase = null;
  /** Whether somebody is deciding on what is shown: then it stays as it is. */
  isInHand = () => false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer = undefined;
  /** @type {AbortController | undefined} */
  #asking = undefined;

  /** @param {Pick<Shell, "api" | "user">} shell */
  constructor({ api, user }) {
    super();
    this.api = api;
    this.user = user;
    this.diff = /** @type {ConflictDiff} */ (document.querySelector("conflict-diff"));
    this.history = /** @type {ConflictHistory} */ (document.querySelector("conflict-history"));
  }

  /**
   * Show a conflict; its shell at once, the rest when it has come. Event: `shown`.
   * @param {string | null} id
   */
  open(id) {
    clearTimeout(this.#timer);
    this.#asking?.abort();
    if (id === null) return this.#nothing();
    if (this.kase?.conflict_id !== id) this.kase = null;
    this.#timer = setTimeout(() => void this.#load(id), this.kase ? 0 : REST_MS);
  }

  /** Several are picked: say what they are. @param {string[]} lines  @param {string} title */
  openMany(lines, title) {
    this.open(null);
    write(document, "case-title", title);
    box(document, "many").hidden = false;
    box(document, "tally").replaceChildren(...lines.map(lineOf));
  }

  /** Somebody was first. @param {Settled | null} settled  @param {string} [note] */
  tellFirst(settled, note) {
    box(document, "first").hidden = !settled;
    if (!settled) return;
    const isMine = settled.by === this.user.username;
    const facts = {
      name: isMine ? t("desk.by_you") : settled.name,
      how: howWords(settled.resolution),
      time: settled.at ? momentWords(settled.at) : "–",
      note: note ?? "",
    };
    write(document, "first-text", note ? t("desk.first", facts) : t("desk.first_unsaid", facts));
  }

  /** @param {string} id */
  async #load(id) {
    this.#asking = new AbortController();
    const { signal } = this.#asking;
    try {
      const kase = await this.api.get(`/api/sync/conflicts/${encodeURIComponent(id)}`, signal);
      const isSame = this.kase?.conflict_id === id;
      if (!signal.aborted && !(isSame && this.isInHand())) this.#show(kase);
    } catch (error) {
      if (!signal.aborted) this.dispatchEvent(new CustomEvent("trouble", { detail: { error } }));
    }
  }

  /** @param {Case} kase */
  #show(kase) {
    this.kase = kase;
    box(document, "many").hidden = true;
    for (const name of ["case-body", "history", "case-facts"]) box(document, name).hidden = false;
    write(document, "case-title", itemOf(kase));
    write(document, "case-rack", kase.rack_id);
    write(document, "case-type", typeWords(kase.conflict_type));
    write(document, "case-who", [kase.name, momentWords(kase.created_at), kase.floor].join(" · "));
    write(document, "why-text", whyWords(kase));
    write(document, "now", nowWords(kase));
    box(document, "corrected").hidden = !isCorrected(kase);
    this.diff.show(kase, headsOf(kase));
    this.history.show(kase);
    this.#decided(kase);
    this.dispatchEvent(new Event("shown"));
  }

  /** @param {Case} kase */
  #decided(kase) {
    const { status, resolution, settled_at, note, merged } = kase;
    box(document, "decided").hidden = status === "open";
    if (status === "open") return;
    const { name } = settledOf(kase);
    write(document, "decided-how", t("desk.settled_by", { name, how: howWords(resolution) }));
    write(document, "decided-at", settled_at ? momentWords(settled_at) : "–");
    write(document, "decided-note", note ?? "");
    tell(document, "decided-merged", merged && t("desk.merged_to", { fields: Object.keys(merged).map(fieldWords).join(", ") }));
  }

  #nothing() {
    this.kase = null;
    for (const name of ["case-body", "history", "case-facts", "first", "many"]) box(document, name).hidden = true;
    write(document, "case-title", t("desk.choose_one"));
    this.dispatchEvent(new Event("shown"));
  }
}

/** @param {Case} kase */
function headsOf({ name, server, status, client_record_id, serials }) {
  const client = t("desk.sent", { name });
  if (!server) return { client, server: t("desk.server_none") };
  if (server["client_record_id"] !== client_record_id) {
    const holder = serials.find((held) => held["client_record_id"] === server["client_record_id"]);
    const facts = { name: String(holder?.["name"] ?? server["username"]), rack: String(server["rack_id"]) };
    return { client, server: t("desk.server_of", facts) };
  }
  return { client, server: status === "open" ? t("desk.server_rev", { rev: server["rev"] }) : t("desk.server_then") };
}

/** @param {string} text */
function lineOf(text) {
  const line = document.createElement("li");
  line.textContent = text;
  return line;
}
