// @ts-check
/** What is on this device: how much waits, what was refused, how much room there is; and a way out for it. */
import { asCsv, asJson } from "../core/export.js";
import { number, t, timeOfDay, tn } from "../core/texts.js";
import { box, write } from "../elements/parts.js";

/** @import { Shell } from "./shell.js" */

const MB = 1e6;

/** @param {Pick<Shell, "db" | "user" | "ledger" | "outbox" | "sync" | "catalogue">} shell */
export function watchDevice(shell) {
  const dialog = /** @type {HTMLDialogElement} */ (document.getElementById("on-device"));
  const { outbox, sync, catalogue } = shell;
  const redraw = () => dialog.open && void draw(dialog, shell);
  for (const source of [outbox, sync, catalogue.copy]) {
    for (const type of ["change", "state"]) source.addEventListener(type, redraw);
  }
  box(document, "on-device").addEventListener("click", () => {
    document.querySelector("details[open]")?.removeAttribute("open");
    dialog.showModal();
    void draw(dialog, shell);
  });
  box(dialog, "send").addEventListener("click", () => sync.networkIsBack());
  box(dialog, "retry").addEventListener("click", () => void outbox.retryRefused());
  box(dialog, "json").addEventListener("click", () => void save(shell, "json", "application/json", asJson));
  box(dialog, "csv").addEventListener("click", () => void save(shell, "csv", "text/csv", asCsv));
}

/**
 * @param {HTMLElement} dialog
 * @param {Pick<Shell, "db" | "ledger">} shell
 */
async function draw(dialog, { db, ledger }) {
  const [{ waiting, parked }, lastSync, items, storage, isLasting] = await Promise.all([
    ledger.sums(),
    ledger.lastSync(),
    db.count("items"),
    navigator.storage?.estimate?.(),
    navigator.storage?.persisted?.(),
  ]);
  write(dialog, "waiting", number(waiting));
  write(dialog, "parked", number(parked));
  write(dialog, "last-sync", lastSync === null ? t("time.never") : timeOfDay(lastSync));
  write(dialog, "catalogue", tn("device.catalogue.items", items));
  const { usage, quota } = storage ?? {};
  const used = usage !== undefined && quota !== undefined;
  write(dialog, "storage", used
    ? t("device.storage.used", { used: Math.ceil(usage / MB), quota: Math.floor(quota / MB) })
    : t("device.storage.unknown"));
  write(dialog, "lasting", t(isLasting ? "device.storage.lasting" : "device.storage.fleeting"));
  for (const way of ["json", "csv", "send", "retry"]) {
    const n = way === "retry" ? parked : way === "send" ? waiting : waiting + parked;
    /** @type {HTMLButtonElement} */ (box(dialog, way)).disabled = n === 0;
  }
}

/**
 * @param {Pick<Shell, "user" | "ledger">} shell
 * @param {string} ending
 * @param {string} type
 * @param {(entries: import("../core/types.js").Entry[]) => string} written
 */
async function save({ user, ledger }, ending, type, written) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([written(await ledger.unsent())], { type }));
  link.download = `stockverify-${user.username}-${new Date().toISOString().slice(0, 16).replace(":", "")}.${ending}`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
