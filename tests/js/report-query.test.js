// The report screen's knowledge of queries.
import assert from "node:assert/strict";
import { test } from "node:test";
import { operatorsOf, recordsBehind, seriesOf, valueOf } from "../../static/js/core/report-query.js";

const field = (type, more = {}) => ({ name: "f", label: "F", type, is_list: false, ...more });

test("a field offers only the operators that its type has", () => {
  assert.ok(operatorsOf(field("text")).includes("contains"));
  assert.ok(!operatorsOf(field("number")).includes("contains"));
  assert.deepEqual(operatorsOf(field("boolean")), ["eq", "ne", "exists"]);
  assert.ok(!operatorsOf(field("text", { is_list: true })).includes("between"));
});

test("what somebody typed becomes a value of the field's type, or none", () => {
  assert.equal(valueOf(" 2.5 ", field("number"), "gt"), 2.5);
  assert.equal(valueOf("two", field("number"), "gt"), undefined);
  assert.equal(valueOf("", field("text"), "eq"), undefined);
  assert.deepEqual(valueOf("1, 2", field("integer"), "between"), [1, 2]);
  assert.equal(valueOf("1", field("integer"), "between"), undefined);
  assert.deepEqual(valueOf("a, b,c", field("text"), "in"), ["a", "b", "c"]);
  assert.equal(valueOf("2026-01-05T08:00Z", field("time"), "gt"), "2026-01-05T08:00:00.000Z");
  assert.equal(valueOf("false", field("text"), "exists"), false);
});

test("a figure leads to exactly its records", () => {
  const query = {
    collection: "verification_records",
    filters: [{ field: "floor", op: "eq", value: "Ground" }],
    groups: [{ field: "created_at", bucket: "month" }, { field: "username" }],
    measures: [{ measure: "count" }],
  };
  const behind = recordsBehind(query, ["2025-12-01T00:00:00.000Z", null, 7]);
  assert.deepEqual(behind, {
    collection: "verification_records",
    filters: [
      { field: "floor", op: "eq", value: "Ground" },
      { field: "created_at", op: "gte", value: "2025-12-01T00:00:00.000Z" },
      { field: "created_at", op: "lt", value: "2026-01-01T00:00:00.000Z" },
      { field: "username", op: "exists", value: false },
    ],
  });
  assert.equal(recordsBehind({ collection: "erp_items" }, ["x"]), null);
});

test("rows become one series a name, with gaps where nothing was", () => {
  const rows = [["09", "ada", 5], ["08", "ada", 3], ["09", "bob", 4]];
  const { xs, names, figures } = seriesOf(rows, { x: 0, name: 1, figure: 2 });
  assert.deepEqual(xs, ["08", "09"]);
  assert.deepEqual(names, ["ada", "bob"]);
  assert.deepEqual(figures, [[3, 5], [null, 4]]);
});
