// @ts-check
/** The catalogue: search and look, each item with its movements; and imports of files. */
import { ImportFlow } from "../core/import-flow.js";
import { ask } from "../elements/ask-dialog.js";
import { ImportWizard } from "../elements/import-wizard.js";
import { box } from "../elements/parts.js";
import { ItemBrowser } from "./items/browser.js";
import { PastImports } from "./items/past.js";
import { wordsOf } from "./problems.js";
import { openShell } from "./shell.js";

const shell = await openShell(() => !document.querySelector("dialog[open]"));
const { user, api, live } = shell;
if (user.role === "counter" || user.role === "device") location.replace("/count");

const mayImport = user.role === "supervisor" || user.role === "admin";
const browser = new ItemBrowser(api);
const past = new PastImports(api);
const flow = new ImportFlow(api);
const wizard = /** @type {ImportWizard} */ (document.querySelector("import-wizard"));

box(document, "wizard").hidden = !mayImport;
box(document, "to-import").hidden = !mayImport;
if (mayImport) {
  wizard.ask = ask;
  wizard.wordsOf = wordsOf;
  wizard.start(flow);
  past.onopen = (id) => {
    void flow.open(id);
    document.getElementById("import")?.scrollIntoView();
  };
}
let last = "";
flow.addEventListener("change", () => {
  const state = `${flow.current?.import_id} ${flow.current?.state}`;
  if (state === last) return;
  last = state;
  void past.load();
  if (/ (done|undone)$/.test(state)) void browser.search();
});
live.addEventListener("event", (event) => {
  const { name } = /** @type {CustomEvent} */ (event).detail;
  if (name === "items:update") void past.load();
});
live.watch({});
void browser.search();
void past.load();
