// @ts-check
/** A rack's sheet as it is printed. */
import { number, t } from "../../core/texts.js";
import { barCode } from "../../elements/bar-code.js";
import { box, clone, tell, write } from "../../elements/parts.js";

/** @import { Sheet, SheetLine } from "../../core/types.js" */

/** @param {Sheet} sheet */
export function paperOf(sheet) {
  const paper = clone("sheet");
  paper.dataset["rack"] = sheet.rack_id;
  paper.setAttribute("aria-label", t("sheet.id", { id: sheet.sheet_id }));
  write(paper, "rack", sheet.rack_id);
  write(paper, "place", [sheet.floor, sheet.zone].filter(Boolean).join(" · "));
  write(paper, "of", t("sheet.of", { stocktake: sheet.stocktake ?? t("sheet.none_open"), pass: number(sheet.pass) }));
  write(paper, "id", t("sheet.id", { id: sheet.sheet_id }));
  box(paper, "only").hidden = !sheet.only_these;
  box(paper, "blind").hidden = !sheet.blind;
  box(paper, "rows").replaceChildren(...(sheet.lines.length ? sheet.lines.map(lineOf) : [noLine()]));
  return paper;
}

/**
 * @param {SheetLine} line
 * @param {number} index
 */
function lineOf(line, index) {
  const row = clone("sheet-line");
  write(row, "line", number(index + 1));
  write(row, "code", line.item_code);
  write(row, "name", [line.item_name, line.uom].filter(Boolean).join(" · "));
  if (line.bars) box(row, "bars").replaceChildren(barCode(line.bars));
  tell(row, "digits", line.bars?.code ?? null);
  return row;
}

function noLine() {
  const row = document.createElement("tr");
  const text = row.insertCell();
  text.colSpan = 5;
  text.textContent = t("sheet.no_items");
  return row;
}
