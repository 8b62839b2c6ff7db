// @ts-check
/** Counts of lost leases: each may be taken in as a pass beside the others. */
import { moment, number, t, tn } from "../../core/texts.js";
import { box, clone, tell, write } from "../../elements/parts.js";

/** @import { LateCount } from "../../core/types.js" */

/**
 * @param {LateCount[]} counts
 * @param {((count: LateCount) => void) | null} take  null where nobody may
 */
export function showLate(counts, take) {
  box(document, "late-box").hidden = counts.length === 0;
  box(document, "lates").replaceChildren(...counts.map((count) => {
    const row = clone("late");
    write(row, "rack", count.rack_id);
    write(row, "who", t("stocktakes.late_of", { who: count.holder.name, at: moment(count.last_heartbeat) }));
    write(row, "figures", t("stocktakes.late_figures", { records: number(count.records), pieces: number(count.pieces) }));
    tell(row, "waiting", count.waiting ? tn("stocktakes.late_waiting", count.waiting, { n: number(count.waiting) }) : null);
    const button = box(row, "take");
    button.hidden = !take || count.waiting > 0;
    button.addEventListener("click", () => take?.(count));
    return row;
  }));
}
