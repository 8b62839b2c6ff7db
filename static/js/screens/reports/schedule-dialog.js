// @ts-check
/** The form of a new schedule, and the one time that a webhook's secret is shown. */
import { wishOf } from "../../core/schedule-wish.js";
import { box, part } from "../../elements/parts.js";
import { FormDialog } from "../admin/form.js";

/** @import { Query } from "../../core/report-query.js" */
/** @import { Typed } from "../../core/schedule-wish.js" */
/** @import { Desk } from "../reports.js" */

const FIELDS = /** @type {const} */ (["name", "every", "time", "zone", "copies", "days", "mail", "format", "webhook"]);
const ADDED = "added";

/** @type {FormDialog | undefined} */
let form;

/**
 * Ask how a query shall be repeated, and have it so.
 * @param {Desk["api"]} api
 * @param {Query} query
 * @param {string} name
 * @returns {Promise<boolean>}   whether it was added
 */
export async function addSchedule(api, query, name) {
  const { may_mail: mayMail } = await api.get("/api/reports/schedules");
  const opened = (form ??= new FormDialog("schedule-dialog"));
  const { dialog } = opened;
  box(dialog, "mail-off").hidden = mayMail;
  box(dialog, "mail-row").hidden = !mayMail;
  part(dialog, "form", HTMLFormElement).reset();
  fillZones(part(dialog, "zone", HTMLSelectElement));
  opened.input("name").value = name;
  dialog.returnValue = "";
  opened.onsave = async () => {
    const typed = /** @type {Typed} */ (Object.fromEntries(FIELDS.map((field) => [field, opened.value(field)])));
    const { secret } = await api.post("/api/reports/schedules", wishOf(typed, query));
    dialog.returnValue = ADDED;
    if (secret) dialog.addEventListener("close", () => showSecret(secret), { once: true });
  };
  opened.open();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === ADDED), { once: true });
  });
}

/** @param {string} secret */
export function showSecret(secret) {
  const dialog = /** @type {HTMLDialogElement} */ (document.getElementById("secret-dialog"));
  const input = part(dialog, "secret", HTMLInputElement);
  input.value = secret;
  input.addEventListener("focus", () => input.select(), { once: true });
  dialog.addEventListener("close", () => (input.value = ""), { once: true });
  dialog.showModal();
  input.focus();
}

/** @param {HTMLSelectElement} select */
function fillZones(select) {
  const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const zones = [...new Set([here, "UTC", ...Intl.supportedValuesOf("timeZone")])];
  if (select.options.length === 0) select.replaceChildren(...zones.map((zone) => new Option(zone.replaceAll("_", " "), zone)));
  select.value = here;
}
