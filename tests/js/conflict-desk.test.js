import assert from "node:assert/strict";
import test from "node:test";
import { DeskQueue, NO_FILTER, queryOf, settledOf } from "../../static/js/core/desk-queue.js";
import { firstChoice, mergedOf, valueOf } from "../../static/js/core/merge.js";

const line = (id) => ({ conflict_id: id });
const ids = (queue) => queue.lines.map(({ conflict_id }) => conflict_id);
const sue = { by: "sue", name: "Sue", resolution: "accept_server", at: "" };

function aQueue(...names) {
  const queue = new DeskQueue();
  queue.load(names.map(line), null);
  return queue;
}

test("the first one is open, and moving stops at both ends", () => {
  const queue = aQueue("a", "b");
  assert.equal(queue.current, "a");
  assert.equal(queue.move(-1), "a");
  assert.equal(queue.move(1), "b");
  assert.equal(queue.move(1), "b");
});

test("what is open and picked survives a new first page", () => {
  const queue = aQueue("a", "b", "c");
  queue.current = "b";
  queue.pick("c");
  queue.load(["new", "a", "b", "c"].map(line), null);
  assert.equal(queue.current, "b");
  assert.deepEqual([...queue.picked], ["c"]);
});

test("what a colleague settled stays in its place until it is removed, and cannot be picked", () => {
  const queue = aQueue("a", "b", "c");
  queue.pick("b");
  assert.equal(queue.settle("b", sue), true);
  assert.equal(queue.settle("z", sue), false);
  queue.load(["a", "c"].map(line), null);
  assert.deepEqual(ids(queue), ["a", "b", "c"]);
  queue.pick("b");
  queue.pickAll();
  assert.deepEqual([...queue.picked].sort(), ["a", "c"]);
  queue.remove(["b"]);
  assert.deepEqual(ids(queue), ["a", "c"]);
});

test("the next one opens where the open one is removed", () => {
  const queue = aQueue("a", "b", "c");
  queue.current = "b";
  queue.remove(["b"]);
  assert.equal(queue.current, "c");
  queue.remove(["c"]);
  assert.equal(queue.current, "a");
  queue.remove(["a"]);
  assert.equal(queue.current, null);
});

test("a range is picked from the last pick, in either direction", () => {
  const queue = aQueue("a", "b", "c", "d");
  queue.pick("d");
  queue.pickTo("b");
  assert.deepEqual([...queue.picked].sort(), ["b", "c", "d"]);
});

test("a further page adds what is not there yet", () => {
  const queue = aQueue("a", "b");
  queue.add(["b", "c"].map(line), "next");
  assert.deepEqual(ids(queue), ["a", "b", "c"]);
  assert.equal(queue.cursor, "next");
});

test("a filter asks the server only for what it names", () => {
  assert.equal(queryOf(NO_FILTER), "status=open&sort=oldest&limit=100");
  const asked = queryOf({ ...NO_FILTER, type: "wrong_rack", rack: "G 1", olderThan: 900 }, { limit: 5, cursor: "x" });
  assert.equal(asked, "type=wrong_rack&rack=G+1&older_than=900&status=open&sort=oldest&limit=5&cursor=x");
});

test("who settled it is read from an event and from a refusal alike", () => {
  assert.equal(settledOf({ settled_by: "sue", settled_by_name: "Sue", resolution: "merge", at: "t" }).at, "t");
  assert.deepEqual(settledOf({ settled_by: "sue", settled_at: "t" }), { by: "sue", name: "sue", resolution: "", at: "t" });
});

test("a merge tells the fields that differ from what was sent", () => {
  const payload = { verified_qty: 3, damage_qty: 0, serial_numbers: ["A"], mrp: null };
  assert.deepEqual(mergedOf(payload, { verified_qty: 3, damage_qty: 1, serial_numbers: [], mrp: null }), {
    merged: { damage_qty: 1, serial_numbers: [] },
    wrong: [],
  });
});

test("a merge with more damaged than counted is refused before it is sent", () => {
  assert.deepEqual(mergedOf({ verified_qty: 3, damage_qty: 0 }, { damage_qty: 4 }).wrong, ["damage_qty"]);
  assert.deepEqual(mergedOf({ verified_qty: 3 }, { verified_qty: undefined }).wrong, ["verified_qty"]);
});

test("typed values are read as their field needs them", () => {
  assert.equal(valueOf("verified_qty", "2,5"), 2.5);
  assert.equal(valueOf("verified_qty", ""), undefined);
  assert.equal(valueOf("verified_qty", "-1"), undefined);
  assert.equal(valueOf("mrp", " "), null);
  assert.deepEqual(valueOf("serial_numbers", "A1, A2\nA3"), ["A1", "A2", "A3"]);
  assert.equal(valueOf("serial_numbers", "A1, A1"), undefined);
  assert.equal(valueOf("mfg_date", "2025-01"), "2025-01");
  assert.equal(valueOf("mfg_date", "spring"), undefined);
  assert.equal(valueOf("uom", " EA "), "EA");
});

test("a merge begins without the serial numbers that another count holds", () => {
  const chosen = firstChoice({ verified_qty: 2, serial_numbers: ["A", "B"] }, ["B"]);
  assert.deepEqual(chosen.serial_numbers, ["A"]);
  assert.equal(chosen.verified_qty, 2);
});
