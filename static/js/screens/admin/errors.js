// @ts-check
/** The error log: what went wrong unexpectedly, and that somebody took care. */
import { dayAndTime, t, tn } from "../../core/texts.js";
import { box, clone, part, tell, write } from "../../elements/parts.js";
import { FormDialog } from "./form.js";
import { filtersOf, PagedList } from "./list.js";

/** @import { Desk } from "../admin.js" */
/** @typedef {{error_id: string, severity: "error" | "warning", error_type: string, endpoint: string, message: string, request_id: string | null, username: string | null, count: number, first_seen: string, timestamp: string, resolved: boolean, note: string | null, resolved_by: string | null}} Fault */

/**
 * @param {HTMLElement} section
 * @param {Desk} desk
 */
export function openErrors(section, { api, mayChange, toasts }) {
  const filters = part(section, "filters", HTMLFormElement);
  const form = new FormDialog("resolve-dialog");
  /** @type {Fault | null} */
  let chosen = null;
  /** @type {PagedList<Fault>} */
  const list = new PagedList(section, { api, path: "/api/logs/errors", name: "errors", row, filters: () => filtersOf(filters) });

  filters.addEventListener("submit", (event) => {
    event.preventDefault();
    void list.load();
  });
  form.onsave = async () => {
    if (!chosen) return;
    await api.post(`/api/logs/errors/${encodeURIComponent(chosen.error_id)}/resolve`, { note: form.value("note") });
    toasts.say(t("admin.resolved_now"));
    void list.load();
  };
  void list.load();

  /** @param {Fault} fault */
  function row(fault) {
    const element = clone("error");
    write(element, "type", fault.error_type);
    write(element, "endpoint", fault.endpoint);
    write(element, "message", fault.message);
    box(element, "severity").dataset["severity"] = fault.severity;
    write(element, "severity", t(`admin.severity.${fault.severity}`));
    write(element, "count", tn("admin.times", fault.count));
    write(element, "seen", t("admin.seen", { at: dayAndTime(fault.timestamp) }));
    tell(element, "note", fault.note && t("admin.noted", { name: fault.resolved_by ?? "", note: fault.note }));
    tell(element, "request", fault.request_id);
    box(element, "resolve").hidden = !mayChange || fault.resolved;
    box(element, "resolve").addEventListener("click", () => {
      chosen = fault;
      form.input("note").value = "";
      form.open();
    });
    return element;
  }
}
