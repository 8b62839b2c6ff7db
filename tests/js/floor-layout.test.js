import assert from "node:assert/strict";
import test from "node:test";
import { arrange } from "../../static/js/core/floor-layout.js";

const floors = [["First", 5], ["Ground", 5], ["Second", 4], ["Upper", 3], ["Back", 2], ["Damage", 1]].map(([name, rows]) => ({ name, rows, columns: 6 }));
const room = (width, height, zoom = 1) => ({ width, height, gap: 5, head: 34 * zoom, rim: 10 * zoom, least: 46 });
const shownIn = ({ columns }) => columns.flat().sort();

test("every floor stands in exactly one column, at every size", () => {
  const names = floors.map(({ name }) => name).sort();
  for (const width of [320, 700, 1100, 2000, 3400]) assert.deepEqual(shownIn(arrange(floors, room(width, 700))), names);
});

test("a desk sees all racks of the demo warehouse at once, with names", () => {
  const layout = arrange(floors, room(1100, 720));
  assert.equal(layout.fits, true);
  assert.equal(layout.columns.length, 2);
  assert.equal(layout.density, "name");
});

test("a wall display draws racks as signs that fill it", () => {
  const layout = arrange(floors, room(3300, 1850, 1.5), 24);
  assert.equal(layout.density, "sign");
  assert.ok(layout.height > 120, String(layout.height));
});

test("a phone scrolls one column of racks that a thumb hits", () => {
  const layout = arrange(floors, room(336, 300));
  assert.equal(layout.columns.length, 1);
  assert.ok(layout.width >= 46 && layout.height >= 46);
});

test("two thousand racks are still large enough to hit", () => {
  const large = ["A", "B", "C", "D", "E"].map((name) => ({ name, rows: 20, columns: 20 }));
  const { width, height } = arrange(large, room(1100, 700));
  assert.ok(width >= 44 && height >= 46, `${width}×${height}`);
});

test("a warehouse without racks has no layout to fail on", () => {
  assert.deepEqual(arrange([], room(1000, 700)).columns, []);
});
