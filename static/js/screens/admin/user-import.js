// @ts-check
/** Users from a CSV file: what would become of each row, then the users with their new secrets. */
import { t, tn } from "../../core/texts.js";
import { box, clone, part, tell, write } from "../../elements/parts.js";
import { FormDialog } from "./form.js";

/** @import { Api } from "../../core/api.js" */
/** @typedef {{line: number, username: string, verdict: "new" | "exists" | "invalid", why: Record<string, string[]> | null, pin: string | null, password: string | null}} RowOutcome */

/**
 * @param {HTMLElement} button
 * @param {{api: Api, onmade: () => void}} parts
 */
export function openImport(button, { api, onmade }) {
  const form = new FormDialog("import-dialog");
  const file = form.input("file");
  const go = part(form.dialog, "go", HTMLButtonElement);

  button.addEventListener("click", () => {
    file.value = "";
    show([]);
    go.disabled = true;
    form.open();
  });
  file.addEventListener("change", () => void preview());
  form.onsave = commit;

  async function preview() {
    const chosen = file.files?.[0];
    go.disabled = true;
    if (!chosen) return show([]);
    try {
      const rows = await send(chosen, true);
      tell(form.dialog, "error", null);
      show(rows);
      const fresh = rows.filter(({ verdict }) => verdict === "new").length;
      tell(form.dialog, "sums", tn("admin.import_sums", fresh, { all: rows.length }));
      go.disabled = fresh === 0;
    } catch (error) {
      show([]);
      tell(form.dialog, "error", error instanceof Error ? whyOf(error) : String(error));
    }
  }

  async function commit() {
    const chosen = file.files?.[0];
    if (!chosen) return true;
    go.disabled = true;
    const rows = await send(chosen, false);
    show(rows);
    const made = rows.filter(({ verdict }) => verdict === "new").length;
    tell(form.dialog, "sums", tn("admin.import_made", made));
    onmade();
    return true; // the secrets are told this once
  }

  /** @param {File} chosen @param {boolean} dry @returns {Promise<RowOutcome[]>} */
  async function send(chosen, dry) {
    const body = new FormData();
    body.append("file", chosen);
    return (await api.upload(`/api/users/import?dry_run=${dry}`, body)).rows;
  }

  /** @param {RowOutcome[]} rows */
  function show(rows) {
    box(form.dialog, "rows").replaceChildren(...rows.map(rowOf));
    box(form.dialog, "rows").hidden = rows.length === 0;
    tell(form.dialog, "sums", null);
    tell(form.dialog, "error", null);
  }
}

/** @param {RowOutcome} outcome */
function rowOf({ line, username, verdict, why, pin, password }) {
  const row = clone("verdict");
  box(row, "verdict").dataset["verdict"] = verdict;
  write(row, "verdict", t(`admin.verdict.${verdict}`));
  write(row, "username", username || t("admin.line", { n: line }));
  tell(row, "secret", pin ? t("admin.its_pin", { pin }) : password ? t("admin.its_password", { password }) : null);
  tell(row, "why", why && Object.entries(why).map(([name, reasons]) => `${name}: ${reasons.join(" ")}`).join(" "));
  return row;
}

/** @param {Error & {facts?: Record<string, any>}} error */
function whyOf(error) {
  return error.facts?.["errors"]?.file?.join(" ") ?? error.message;
}
