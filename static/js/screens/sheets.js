// @ts-check
/** Rack sheets: of one rack, or of a whole floor; to print, to fill in, and one rack's to enter again. */
import { device } from "./start.js";
import { csvOf } from "../core/sheet-file.js";
import { t } from "../core/texts.js";
import { box, part, tell, write } from "../elements/parts.js";
import { wordsOf } from "./problems.js";
import { openShell } from "./shell.js";
import { Entering } from "./sheets/entering.js";
import { paperOf } from "./sheets/paper.js";

/** @import { Sheet } from "../core/types.js" */

const shell = await openShell();
const { api, user } = shell;
if (user.role === "counter" || user.role === "device") location.replace("/count");

const [, , kind, name = ""] = location.pathname.split("/");
const where = decodeURIComponent(name);
document.title = `${where} · ${document.title}`;
write(document, "title", `${t("sheet.title")}: ${where}`);
box(document, "print").addEventListener("click", () => print());

try {
  const isFound = await (kind === "rack" ? showRack() : showFloor());
  tell(document, "empty", isFound ? null : t("sheet.failed", { why: "" }));
  part(document, "print", HTMLButtonElement).disabled = !isFound;
} catch (error) {
  tell(document, "empty", t("sheet.failed", { why: wordsOf(error) }));
}
shell.live.watch({});

async function showRack() {
  /** @type {Sheet} */
  const sheet = await api.get(`/api/sheets/racks/${encodeURIComponent(where)}`);
  box(document, "sheets").append(paperOf(sheet));
  const csv = box(document, "csv");
  csv.hidden = false;
  csv.addEventListener("click", () => save(`${sheet.rack_id}-${sheet.sheet_id}.csv`, csvOf(sheet)));
  if (user.role !== "auditor") new Entering(shell, sheet, device);
  return true;
}

/** All of a floor, some racks at a time. */
async function showFloor() {
  let cursor = "";
  let n = 0;
  do {
    const query = cursor && `?cursor=${encodeURIComponent(cursor)}`;
    /** @type {{sheets: Sheet[], next_cursor: string | null}} */
    const page = await api.get(`/api/sheets/floors/${encodeURIComponent(where)}${query}`);
    box(document, "sheets").append(...page.sheets.map(paperOf));
    n += page.sheets.length;
    cursor = page.next_cursor ?? "";
  } while (cursor);
  return n > 0;
}

/**
 * @param {string} name
 * @param {string} text
 */
function save(name, text) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}
