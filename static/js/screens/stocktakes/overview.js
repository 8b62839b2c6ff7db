// @ts-check
/** One stocktake: how far it is, in bars with numbers, in money, and what still waits, each a way to its lines. */
import { queryOf, NO_FILTER, STATUSES } from "../../core/line-filter.js";
import { money, moment, number, signed, t, tn } from "../../core/texts.js";
import { inWords } from "../../core/tolerance.js";
import { box, clone, part, tell, write } from "../../elements/parts.js";

/** @import { Stocktake, StocktakeProgress } from "../../core/types.js" */
/** @import { LineFilter } from "../../core/line-filter.js" */

const RACKS = /** @type {const} */ (["completed", "active", "paused", "available"]);

/**
 * The way to a stocktake's lines.
 * @param {Stocktake} stocktake
 * @param {Partial<LineFilter>} filter
 */
export function wayTo({ stocktake_id }, filter) {
  const query = queryOf({ ...NO_FILTER, ...filter, stocktake: stocktake_id });
  return `/lines?${Object.keys(filter).length ? query : `${query}&status=`}`;
}

/** @param {StocktakeProgress} progress */
export function showOverview(progress) {
  const { stocktake, racks, by_status: lines } = progress;
  showHead(stocktake);
  const done = racks["completed"] ?? 0;
  const all = Object.values(racks).reduce((sum, n) => sum + n, 0);
  write(document, "racks-sum", t("stocktakes.racks_done", { n: done, of: all }));
  write(document, "lines-sum", t("stocktakes.lines_settled", { n: progress.settled, of: progress.lines }));
  bar("racks", RACKS.map((state) => ({ key: state, n: racks[state] ?? 0, text: t(`look.${state}`), href: "/map" })));
  bar("lines", STATUSES.map((status) => ({ key: status, n: lines[status] ?? 0, text: t(`line.status.${status}`), href: wayTo(stocktake, { status: [status] }) })).reverse());
  figure("net", money(progress.variance_value, { sign: true }), t("stocktakes.pieces", { n: signed(progress.variance_qty) }), wayTo(stocktake, {}));
  figure("gross", money(progress.gross_value), "", wayTo(stocktake, {}));
  figure("outside", number(progress.outside_tolerance), "", wayTo(stocktake, { variance: "outside" }));
  figure("damaged", number(progress.damage_qty), "", wayTo(stocktake, { damaged: true }));
  figure("unknown", number(progress.unknown_items), "", wayTo(stocktake, { unknown: true }));
  box(document, "waits-box").hidden = stocktake.status === "closed";
  showWaits("waits", progress.waiting, stocktake);
}

/**
 * What keeps a stocktake from being closed, each with the way to it.
 * @param {string} name
 * @param {Record<string, number>} waiting
 * @param {Stocktake} stocktake
 */
export function showWaits(name, waiting, stocktake) {
  const rows = Object.entries(waiting).map(([what, n]) => {
    const row = clone("wait");
    const link = /** @type {HTMLAnchorElement} */ (row.querySelector("a"));
    write(row, "text", tn(`stocktakes.waits.${what}`, n, { n: number(n) }));
    link.href = wayOf(what, stocktake);
    return row;
  });
  if (rows.length === 0) {
    const none = document.createElement("li");
    none.textContent = t("stocktakes.waits_none");
    rows.push(none);
  }
  box(document, name).replaceChildren(...rows);
}

/**
 * @param {string} what
 * @param {Stocktake} stocktake
 */
function wayOf(what, stocktake) {
  if (what === "racks") return "/map";
  if (what === "open_conflicts") return "/conflicts";
  const status = STATUSES.find((each) => what === `${each}_lines`);
  return wayTo(stocktake, status ? { status: [status] } : {});
}

/** @param {Stocktake} stocktake */
function showHead(stocktake) {
  const { status, floors, created_at, created_by, closed_at, closed_by } = stocktake;
  write(document, "take-name", stocktake.name);
  const one = box(document, "one");
  const state = box(one, "state");
  state.dataset["state"] = status;
  state.textContent = t(`stocktakes.${status}`);
  box(one, "blind").hidden = !stocktake.blind;
  box(one, "double").hidden = !stocktake.double_count;
  write(one, "floors", floors.length ? floors.join(", ") : t("stocktakes.all_floors"));
  write(one, "when", closed_at
    ? t("stocktakes.until", { from: moment(created_at), to: moment(closed_at), who: closed_by ?? "" })
    : t("stocktakes.since", { at: moment(created_at), who: created_by }));
  write(one, "tolerance", inWords(stocktake.tolerance));
  write(one, "book", t("stocktakes.book_at", { at: moment(created_at) }));
  tell(one, "closing-note", stocktake.note ? t("stocktakes.note", { note: stocktake.note }) : null);
}

/**
 * @param {string} name
 * @param {{key: string, n: number, text: string, href: string}[]} parts
 */
function bar(name, parts) {
  const pieces = parts.filter(({ n }) => n > 0).map(({ key, n }) => {
    const piece = document.createElement("i");
    piece.dataset["key"] = key;
    piece.style.flexGrow = String(n);
    return piece;
  });
  box(document, `${name}-bar`).replaceChildren(...pieces);
  const legend = parts.filter(({ n }) => n > 0).map(({ key, n, text, href }) => {
    const entry = clone("legend");
    const link = /** @type {HTMLAnchorElement} */ (entry.querySelector("a"));
    entry.dataset["key"] = key;
    link.href = href;
    write(entry, "text", text);
    write(entry, "n", number(n));
    return entry;
  });
  box(document, `${name}-legend`).replaceChildren(...legend);
}

/**
 * @param {string} name
 * @param {string} text
 * @param {string} sub
 * @param {string} href
 */
function figure(name, text, sub, href) {
  write(document, name, text);
  tell(document, `${name}-sub`, sub);
  part(document, `${name}-link`, HTMLAnchorElement).href = href;
}
