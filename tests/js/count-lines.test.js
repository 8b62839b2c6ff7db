import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { NO_FILTER, TO_DECIDE, bodyOf, filterOf, queryOf } from "../../static/js/core/line-filter.js";
import { LineList } from "../../static/js/core/line-list.js";
import { money, signed, speak } from "../../static/js/core/texts.js";
import { allowed, example, inWords, limitOf } from "../../static/js/core/tolerance.js";

speak(JSON.parse(readFileSync(join(import.meta.dirname, "../../static/texts/en.json"), "utf8")), "en");

const line = (line_id, more = {}) => ({ line_id, rev: 1, settled: false, ...more });
const NONE = { pieces: null, percent: null, value: null };

function aList(...ids) {
  const list = new LineList();
  list.load(ids.map((id) => line(id)), null);
  return list;
}

test("an address and its filter are the same", () => {
  const filter = { ...NO_FILTER, floor: "Upper Godown", status: ["counted", "recount"], variance: "short", unknown: true, damaged: true };
  assert.deepEqual(filterOf(queryOf(filter)), filter);
});

test("an address that asks for nothing shows what waits for a decision, of any stocktake", () => {
  assert.deepEqual(filterOf("").status, TO_DECIDE);
  assert.deepEqual(filterOf("?stocktake=s1").status, TO_DECIDE);
  assert.deepEqual(filterOf("?rack=G-01").status, []);
});

test("words that no filter has are left aside", () => {
  assert.deepEqual(filterOf("?status=counted,nonsense&variance=huge"), { ...NO_FILTER, status: ["counted"] });
});

test("a decision on all that match names the same lines as the list", () => {
  const filter = { ...NO_FILTER, rack: "G-01", status: ["counted"], unknown: true };
  assert.deepEqual(bodyOf(filter), { rack: "G-01", status: ["counted"], damaged: false, known: false });
});

test("the line at hand and what is picked survive a fresh page", () => {
  const list = aList("a", "b", "c");
  list.current = "b";
  list.pick("c");
  list.load(["new", "a", "b", "c"].map((id) => line(id)), null);
  assert.deepEqual([list.current, [...list.picked]], ["b", ["c"]]);
});

test("where the line at hand is gone, the one in its place is at hand", () => {
  const list = aList("a", "b", "c");
  list.current = "b";
  list.pick("b");
  list.load(["a", "c"].map((id) => line(id)), null);
  assert.deepEqual([list.current, list.picked.size], ["c", 0]);
});

test("an older answer does not take the place of a newer line", () => {
  const list = aList("a");
  list.replace(line("a", { rev: 3 }));
  list.replace(line("a", { rev: 2 }));
  assert.equal(list.lines[0].rev, 3);
});

test("after a decision the next undecided line is at hand", () => {
  const list = new LineList();
  list.load([line("a"), line("b", { settled: true }), line("c")], null);
  list.current = "a";
  assert.equal(list.moveOn(), "c");
  assert.equal(list.moveOn(), "c");
});

test("what was loaded page by page is asked for again as a whole", () => {
  const list = aList(...Array.from({ length: 130 }, (_, i) => `l${i}`));
  assert.equal(list.size, 200);
});

test("a range is picked from the last pick on, in either direction", () => {
  const list = aList("a", "b", "c", "d");
  list.pick("c");
  list.pickTo("a");
  assert.deepEqual([...list.picked].sort(), ["a", "b", "c"]);
});

test("every limit that is set must be kept, and none set allows no difference", () => {
  assert.equal(allowed(NONE, { of: 100, price: 5 }), 0);
  assert.equal(allowed({ pieces: 2, percent: 1, value: null }, { of: 100, price: 5 }), 1);
  assert.equal(allowed({ pieces: 2, percent: null, value: 5 }, { of: 100, price: 5 }), 1);
  assert.equal(allowed({ pieces: null, percent: null, value: 5 }, { of: 100, price: 0 }), 0);
});

test("a tolerance is told in plain words, with an example", () => {
  assert.match(inWords(NONE), /exactly/);
  assert.match(inWords({ ...NONE, pieces: 1 }), /1 piece\b/);
  assert.match(inWords({ pieces: 2, percent: 1.5, value: 25 }), /2 pieces, 1.5\s?% of the figure,? and a value of 25.00/);
  assert.match(example({ ...NONE, pieces: 2 }, { of: 100, price: 5 }), /98 to 102/);
});

test("a limit that is no number is no limit", () => {
  assert.deepEqual(["", " ", "x", "-1", "2", "1,5"].map(limitOf), [null, null, null, null, 2, 1.5]);
});

test("figures say their direction with a sign that is seen", () => {
  assert.deepEqual([signed(3), signed(-3), signed(0), money(-1234.5, { sign: true })], ["+3", "\u22123", "0", "\u22121,234.50"]);
});
