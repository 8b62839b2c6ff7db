// @ts-check
/** The supervisor's conflict desk: the queue on the left, one conflict or many on the right. */
import { t } from "../core/texts.js";
import { box, part, write } from "../elements/parts.js";
import { CaseView } from "./conflicts/case.js";
import { DeskKeys } from "./conflicts/keys.js";
import { DeskList } from "./conflicts/list.js";
import { Settling } from "./conflicts/settling.js";
import { wordsOf } from "./problems.js";
import { openShell } from "./shell.js";

/** Below this the queue and the conflict are two steps. */
const narrow = matchMedia("(max-width: 63.99rem)");

const shell = await openShell(() => !document.querySelector("dialog[open]"));
const { user, live, toasts } = shell;
if (user.role === "counter" || user.role === "device") location.replace("/count");

const maySettle = user.role === "supervisor" || user.role === "admin";
const list = new DeskList(shell, maySettle);
const view = new CaseView(shell);
const settling = new Settling(shell, list, view, maySettle);

list.addEventListener("open", (event) => {
  const { isNew = false, byHand = false } = /** @type {CustomEvent} */ (event).detail;
  if (settling.isMany) return;
  if (byHand) box(document, "outcome").hidden = true;
  if (isNew || !settling.form.choice) {
    if (isNew) view.tellFirst(null);
    view.open(list.queue.current);
  }
  if (byHand) step("case");
});
list.addEventListener("picks", () => {
  if (settling.isMany) settling.showMany();
  else view.open(list.queue.current);
});
list.addEventListener("settled", (event) => {
  const { id } = /** @type {CustomEvent} */ (event).detail;
  const settled = list.queue.settled.get(id);
  if (settling.isMany) settling.showMany();
  else if (settled && view.kase?.conflict_id === id) {
    view.tellFirst(settled);
    settling.ask();
  }
});
list.addEventListener("left", () => {
  step("list");
  if (box(document, "outcome").hidden) list.view.focusOn(list.queue.current);
});
view.addEventListener("shown", () => settling.isMany || settling.ask());
view.addEventListener("trouble", (event) => toasts.say(wordsOf(/** @type {CustomEvent} */ (event).detail.error), "bad"));
box(document, "back").addEventListener("click", () => back());
box(document, "picks-go").addEventListener("click", () => step("case"));
addEventListener("popstate", () => step("list", false));

new DeskKeys(list, settling, () => back());
write(document, "keys", t("desk.keys", { keys: "j k ↓ ↑", pick: "x", choices: "a s m r", reasons: "1 2 3" }));
box(document, "keys").hidden = !maySettle;

const asked = new URLSearchParams(location.search);
part(document, "status", HTMLSelectElement).value = "open";
part(document, "sort", HTMLSelectElement).value = "oldest";
await list.narrow({ rack: asked.get("rack") ?? "", floor: asked.get("floor") ?? "", type: asked.get("type") ?? "" });
live.watch({});

/**
 * On a phone the queue and the conflict are two steps, and the phone's own Back leads from one to the other.
 * @param {"list" | "case"} name
 * @param {boolean} [told]  whether the browser has to hear of it
 */
function step(name, told = true) {
  const before = document.body.dataset["step"] ?? "list";
  document.body.dataset["step"] = name;
  if (!narrow.matches || before === name) return;
  if (told && name === "case") history.pushState({ step: name }, "");
  if (told && name === "list" && history.state?.step === "case") history.back();
  if (name === "case") box(document, "case-title").focus();
  else list.view.focusOn(list.queue.current);
}

function back() {
  step("list");
  list.view.focusOn(list.queue.current);
}
