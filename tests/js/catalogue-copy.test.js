import assert from "node:assert/strict";
import test from "node:test";
import "fake-indexeddb/auto";
import { Unreachable } from "../../static/js/core/api.js";
import { Catalogue } from "../../static/js/core/catalogue.js";
import { CatalogueCopy } from "../../static/js/core/catalogue-copy.js";
import { SearchIndex } from "../../static/js/core/search-index.js";
import { openStore } from "../../static/js/core/store.js";
import { Locks } from "./support.js";

const anItem = (n, fields = {}) => ({
  item_code: `C${String(n).padStart(5, "0")}`, item_name: `RED BOX ${n}`, barcode: `20${n}`, stock_qty: 7, ...fields,
});

/** A server whose changes are the list; `cutAfter` answers, then the network is gone. */
function aServer(changes, { cutAfter = Infinity } = {}) {
  const server = { asked: 0, cutAfter, changes };
  server.get = async (path) => {
    if (server.asked >= server.cutAfter) throw new Unreachable();
    server.asked += 1;
    const url = new URL(path, "http://x");
    const since = Number(url.searchParams.get("since"));
    const limit = Number(url.searchParams.get("limit"));
    const told = server.changes.slice(since, since + limit);
    return {
      items: told.filter((c) => typeof c === "object"),
      deleted: told.filter((c) => typeof c === "string"),
      next: since + told.length,
      more: since + told.length < server.changes.length,
    };
  };
  return server;
}

let stores = 0;

async function aCopy(t, server, db) {
  const store = db ?? (await openStore(`catalogue-${(stores += 1)}`));
  const copy = new CatalogueCopy({ db: store, api: server, locks: new Locks() });
  t.after(() => copy.stop());
  return { db: store, copy, catalogue: new Catalogue(store, server, copy) };
}

test("unfinished words in any order find an item, whole codes come first", () => {
  const index = new SearchIndex();
  index.put({ item_code: "85123A", item_name: "WHITE HANGING HEART T-LIGHT HOLDER", barcode: "2012345678901" });
  index.put({ item_code: "HEART", item_name: "SOMETHING ELSE" });
  index.put({ item_code: "22423", item_name: "Café d’été, red" });
  assert.deepEqual(index.search("hol hea", 5), [], "drafts are not searched");
  index.changes();
  assert.deepEqual(index.search("hol hea", 5), ["85123A"]);
  assert.deepEqual(index.search("heart", 5), ["HEART", "85123A"]);
  assert.deepEqual(index.search("851", 5), ["85123A"]);
  assert.deepEqual(index.search("2012345", 5), ["85123A"]);
  assert.deepEqual(index.search("dete cafe", 5), ["22423"]);
  assert.deepEqual(index.search("eart", 5), [], "the middle of a word is no beginning");
});

test("shelves split, and changes and deletions keep the order", () => {
  const index = new SearchIndex();
  const numbers = Array.from({ length: 3_000 }, (_, n) => (n * 7919) % 3_000);
  for (const n of numbers) index.put(anItem(n));
  index.put(anItem(5, { item_name: "GREEN BOX" }));
  index.remove("C00006");
  const stored = index.changes().filter(({ codes }) => codes.length);
  assert.equal(index.size, 2_999);
  assert.ok(stored.every(({ codes }) => codes.length <= 512));
  const again = new SearchIndex(structuredClone(stored));
  assert.deepEqual(again.shelves.flatMap(({ codes }) => codes), [...again.shelves.flatMap(({ codes }) => codes)].sort());
  assert.deepEqual(again.search("green", 5), ["C00005"]);
  assert.deepEqual(again.search("c00006", 5), []);
  assert.equal(again.search("red box", 12).length, 12);
});

test("the catalogue is copied whole, without any book figure", async (t) => {
  const server = aServer(Array.from({ length: 2_345 }, (_, n) => anItem(n)));
  const { db, copy, catalogue } = await aCopy(t, server);
  await copy.refresh();
  assert.equal(await db.count("items"), 2_345);
  assert.equal((await copy.index()).size, 2_345);
  assert.ok(await copy.isWhole());
  assert.ok((await db.getAll("items")).every((item) => !("stock_qty" in item)));
  server.cutAfter = 0;
  assert.equal((await catalogue.find("2017")).item_code, "C00017");
  assert.deepEqual(await catalogue.find("nothing"), { item_code: "nothing", item_name: "", unknown: true });
  assert.equal((await catalogue.search("red 2344", new AbortController().signal))[0].item_code, "C02344");
});

test("a copy that was cut goes on where it was", async (t) => {
  const server = aServer(Array.from({ length: 3_500 }, (_, n) => anItem(n)), { cutAfter: 2 });
  const { db, copy, catalogue } = await aCopy(t, server);
  await assert.rejects(copy.refresh(), Unreachable);
  assert.equal(await db.count("items"), 2_000);
  assert.ok(!(await copy.isWhole()));
  assert.equal((await catalogue.search("red 1999", new AbortController().signal)).length, 1, "what is here is found");
  Object.assign(server, { asked: 0, cutAfter: Infinity });
  const { copy: reborn } = await aCopy(t, server, db);
  await reborn.refresh();
  assert.equal(server.asked, 2);
  assert.equal((await reborn.index()).size, 3_500);
});

test("what changed and what was deleted comes with the next look", async (t) => {
  const server = aServer([anItem(1), anItem(2), anItem(3)]);
  const { db, copy, catalogue } = await aCopy(t, server);
  await copy.refresh();
  server.changes.push(anItem(2, { item_name: "BLUE BOX" }), "C00003");
  await copy.refresh();
  const { signal } = new AbortController();
  assert.deepEqual((await catalogue.search("blue", signal)).map((i) => i.item_code), ["C00002"]);
  assert.deepEqual((await catalogue.search("box", signal)).map((i) => i.item_code), ["C00001", "C00002"]);
  assert.equal(await db.get("items", "C00003"), undefined);
});

test("another tab's copy is seen", async (t) => {
  const server = aServer([anItem(1)]);
  const { db, copy } = await aCopy(t, server);
  const { copy: other } = await aCopy(t, server, db);
  assert.equal((await other.index()).size, 0);
  await copy.refresh();
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.equal((await other.index()).size, 1);
});
