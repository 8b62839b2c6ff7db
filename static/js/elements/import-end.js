// @ts-check
/** How an import ended: taken over, taken back, or stopped on the way; and what one can do then. */
import { t } from "../core/texts.js";
import { box, draw, write } from "./parts.js";

/** @import { ItemImport } from "../core/import-flow.js" */

/** @type {Record<string, {icon: string, text: () => string, sum: (told: ItemImport) => string}>} */
const ENDS = {
  done: { icon: "check", text: () => t("import.done"), sum: (told) => t("import.done_sum", { ...told.counts }) },
  undone: { icon: "undo", text: () => t("import.undone"), sum: () => t("import.undone_sum") },
  stopped: {
    icon: "pause",
    text: () => t("import.stopped"),
    sum: ({ done, total, undone_by_name: isUndo }) => t(isUndo ? "import.stopped_undo_sum" : "import.stopped_sum", { done, total }),
  },
};
export const ENDED = Object.keys(ENDS);

/**
 * @param {HTMLElement} root
 * @param {ItemImport} told
 */
export function drawEnd(root, told) {
  const end = ENDS[told.state];
  if (!end) return;
  const isStopped = told.state === "stopped";
  draw(root, "end-icon", end.icon);
  write(root, "end-text", end.text());
  const why = isStopped && told.error?.code !== "import_stopped" ? ` ${told.error?.detail ?? ""}` : "";
  write(root, "end-sum", end.sum(told) + why);
  box(root, "end").dataset["state"] = told.state;
  box(root, "go-on").hidden = !isStopped;
  box(root, "undo").hidden = told.state === "undone" || (isStopped && Boolean(told.undone_by_name));
  box(root, "end-text").focus();
}
