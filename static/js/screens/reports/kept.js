// @ts-check
/** What was kept: snapshots with tags, their rows, refreshed and removed; and two of them compared. */
import { dayAndTime, t, tryText } from "../../core/texts.js";
import { box, clone, part, write } from "../../elements/parts.js";
import { fillTable } from "../../elements/report-table.js";
import { attempt } from "../problems.js";
import { Comparing } from "./comparison.js";
import { FILES, fileLink } from "./files.js";

/** @import { Column } from "../../core/report-query.js" */
/** @import { Desk } from "../reports.js" */
/** @typedef {{snapshot_id: string, name: string, note: string, type: string, tags: string[], key: string[], columns: Column[], created_by_name: string, created_at: string, refresh_of: string | null, summary: {rows: number}}} Snapshot */

/**
 * @param {HTMLElement} section
 * @param {Desk} desk
 */
export function openKept(section, { api, mayKeep }) {
  const list = box(section, "list");
  const compare = part(section, "compare", HTMLButtonElement);
  const shown = box(section, "shown");
  /** @type {string[]} */
  let picked = [];
  /** @type {Snapshot[]} */
  let snapshots = [];
  /** @type {string | null} */
  let next = null;
  let tag = "";

  const comparing = new Comparing(api, act);

  part(section, "more", HTMLButtonElement).addEventListener("click", () => void load(next));
  part(section, "all-tags", HTMLButtonElement).addEventListener("click", () => choose(""));
  compare.addEventListener("click", () => void act(compareThem));
  return (/** @type {unknown} */ carried) => void act(async () => {
    await load(null);
    await comparing.list(section, show);
    if (typeof carried === "string") await showRows(await api.get(`/api/reports/snapshots/${encodeURIComponent(carried)}`), null);
  });

  /** @param {() => Promise<void>} work */
  function act(work) {
    return attempt(section, work);
  }

  /** @param {string} wanted */
  function choose(wanted) {
    tag = wanted;
    void act(() => load(null));
  }

  /** @param {string | null} cursor */
  async function load(cursor) {
    const asked = new URLSearchParams({ limit: "20", ...(tag ? { tag } : {}), ...(cursor ? { cursor } : {}) });
    const page = await api.get(`/api/reports/snapshots?${asked}`);
    if (!cursor) list.replaceChildren(), (picked = []), (snapshots = []);
    snapshots.push(...page.snapshots);
    list.append(...page.snapshots.map(snapshotRow));
    next = page.next_cursor;
    box(section, "more").hidden = !next;
    box(section, "none").hidden = list.childElementCount > 0;
    box(section, "all-tags").hidden = !tag;
    offer();
  }

  function offer() {
    compare.disabled = picked.length !== 2;
  }

  /** @param {Snapshot} snapshot */
  function snapshotRow(snapshot) {
    const { snapshot_id: id, name, type, created_at: at, created_by_name: who, summary } = snapshot;
    const row = clone("snapshot");
    row.dataset["id"] = id;
    write(row, "name", name);
    write(row, "when", `${dayAndTime(at)} · ${who}`);
    write(row, "rows", t("reports.rows", { n: summary.rows }));
    write(row, "type", tryText(`snapshot.${type}`) ?? type);
    box(row, "tags").append(...snapshot.tags.map(tagButton));
    const pick = part(row, "pick", HTMLInputElement);
    pick.setAttribute("aria-label", t("reports.pick", { name }));
    pick.addEventListener("change", () => {
      picked = pick.checked ? [...picked, id] : picked.filter((each) => each !== id);
      offer();
    });
    part(row, "open", HTMLButtonElement).addEventListener("click", () => void act(() => showRows(snapshot, null)));
    for (const [part_, work] of /** @type {[string, () => Promise<unknown>][]} */ ([
      ["refresh", () => api.post(`/api/reports/snapshots/${id}/refresh`)],
      ["forget", () => api.remove(`/api/reports/snapshots/${id}`)],
    ])) {
      const button = part(row, part_, HTMLButtonElement);
      button.hidden = !mayKeep;
      button.addEventListener("click", () => void act(async () => {
        button.disabled = true;
        await work();
        shown.replaceChildren();
        await load(null);
      }));
    }
    return row;
  }

  /** @param {string} name */
  function tagButton(name) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "tag tag--pick";
    button.textContent = name;
    button.addEventListener("click", () => choose(name));
    return button;
  }

  /** @param {Snapshot} snapshot @param {string | null} cursor */
  async function showRows(snapshot, cursor) {
    const page = await api.get(`/api/reports/snapshots/${snapshot.snapshot_id}/rows?limit=100${cursor ? `&cursor=${cursor}` : ""}`);
    const view = clone("rows");
    write(view, "title", snapshot.name);
    write(view, "state", t("reports.rows_from", { first: page.first, last: page.first + page.rows.length - 1, n: snapshot.summary.rows }));
    fillTable(part(view, "table", HTMLTableElement), page);
    box(view, "files").append(...FILES.map((format) => fileLink(`/api/reports/snapshots/${snapshot.snapshot_id}/export`, format)));
    const more = part(view, "next", HTMLButtonElement);
    more.hidden = !page.next_cursor;
    more.addEventListener("click", () => void act(() => showRows(snapshot, page.next_cursor)));
    show(view);
  }

  /** The one that was taken earlier stands first: the list has the newest on top. */
  async function compareThem() {
    const [later, earlier] = snapshots.filter(({ snapshot_id: id }) => picked.includes(id));
    if (later && earlier) show(comparing.wish(earlier, later));
  }

  /** @param {HTMLElement} view */
  function show(view) {
    shown.replaceChildren(view);
    const title = view.querySelector("h3");
    if (title instanceof HTMLElement) title.focus();
    view.scrollIntoView({ block: "nearest" });
  }
}
