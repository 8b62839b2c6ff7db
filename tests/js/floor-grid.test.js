import assert from "node:assert/strict";
import test from "node:test";
import { FloorGrid, idsFrom } from "../../static/js/core/floor-grid.js";

const rack = (rack_id, row, column) => ({ rack_id, row, column, floor: "Ground" });

test("a floor has room behind its last rack, in both directions", () => {
  const grid = new FloorGrid([rack("G-01", 1, 1), rack("G-02", 9, 12)]);
  assert.deepEqual([grid.rows, grid.columns], [11, 14]);
  assert.equal(grid.places.length, 11 * 14);
});

test("an empty floor is a grid too", () => {
  const grid = new FloorGrid([]);
  assert.deepEqual([grid.rows, grid.columns], [6, 6]);
  assert.equal(grid.at({ row: 1, column: 1 }), null);
});

test("arrow keys walk to the neighbour and stop at the edge", () => {
  const grid = new FloorGrid([rack("G-01", 2, 2)]);
  assert.deepEqual(grid.step({ row: 2, column: 2 }, "ArrowUp"), { row: 1, column: 2 });
  assert.deepEqual(grid.step({ row: 1, column: 1 }, "ArrowLeft"), { row: 1, column: 1 });
  assert.deepEqual(grid.step({ row: 6, column: 6 }, "ArrowDown"), { row: 6, column: 6 });
  assert.equal(grid.step({ row: 1, column: 1 }, "Enter"), null);
});

test("a row of racks counts on from the last number, as wide as it is written", () => {
  assert.deepEqual(idsFrom("G-08", 3), ["G-08", "G-09", "G-10"]);
  assert.deepEqual(idsFrom("A1-999", 2), ["A1-999", "A1-1000"]);
  assert.deepEqual(idsFrom("Ramp", 1), ["Ramp"]);
  assert.equal(idsFrom("Ramp", 2), null);
});
