// @ts-check
/** One serial number: where it was seen, by whom and when, and how it moved. */
import { dayAndTime, t, tn, tryText } from "../../core/texts.js";
import { box, clone, part, tell, write } from "../../elements/parts.js";
import { askLink, serialLink } from "../../elements/report-table.js";
import { attempt } from "../problems.js";

/** @import { Desk } from "../reports.js" */
/** @typedef {{seen: string, at: string, item_code: string | null, rack_id: string, floor: string, username: string, client_record_id: string, stocktake_id: string | null, pass: number | null, device_id: string | null, conflict_id: string | null, conflict_type: string | null, status: string | null, moved_from: string | null}} Sighting */
/** @typedef {{serial_number: string, sightings: Sighting[], moves: number}} Trail */

/**
 * @param {HTMLElement} section
 * @param {Desk} desk
 */
export function openSerial(section, { api }) {
  const form = part(section, "form", HTMLFormElement);
  const input = part(form, "serial", HTMLInputElement);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const serial = input.value.trim();
    if (serial) location.hash = serialLink(serial);
  });
  return (/** @type {unknown} */ carried) => {
    if (typeof carried !== "string" || !carried) return input.focus();
    input.value = carried;
    void look(carried);
  };

  /** @param {string} serial */
  function look(serial) {
    return attempt(section, async () => {
      const trail = /** @type {Trail} */ (await api.get(`/api/reports/serials?${new URLSearchParams({ serial })}`));
      tell(section, "found", trail.sightings.length ? t("serial.found", { serial, times: tn("serial.times", trail.sightings.length), moves: tn("serial.moves", trail.moves) }) : "");
      tell(section, "none", trail.sightings.length ? "" : t("serial.none", { serial }));
      box(section, "trail").replaceChildren(...trail.sightings.map(step));
    });
  }
}

/** @param {Sighting} sighting */
function step({ seen, at, item_code: item, rack_id: rack, floor, username, client_record_id: id, stocktake_id: stocktake, pass, device_id: device, conflict_id: conflict, conflict_type: type, status, moved_from: from }) {
  const row = clone("sighting");
  row.dataset["seen"] = seen;
  write(row, "rack", rack);
  write(row, "state", seen === "parked" ? t(status === "open" ? "serial.waits" : "serial.settled") : t(seen === "holds" ? "serial.holds" : "serial.counted"));
  write(row, "when", `${dayAndTime(at)} · ${username}`);
  const why = type ? (tryText(`desk.type.${type}`) ?? type) : "";
  write(row, "facts", [item, floor, stocktake, pass === null ? "" : t("serial.pass", { n: pass }), device, why].filter(Boolean).join(" · "));
  tell(row, "moved", from ? t("serial.moved", { from, to: rack }) : "");
  const link = part(row, "open", HTMLAnchorElement);
  link.textContent = t(conflict ? "serial.open_conflict" : "serial.open_count");
  link.href = conflict ? `/conflicts?${new URLSearchParams({ rack, type: type ?? "" })}` : askLink({ collection: "verification_records", filters: [{ field: "client_record_id", op: "eq", value: id }] });
  return row;
}
