import assert from "node:assert/strict";
import test from "node:test";
import { boundsOf, classOf, figureOf } from "../../static/js/core/heat.js";

const NOW = Date.parse("2026-01-01T11:00:00Z");
const aRack = (fields = {}) => ({ rack_id: "G-01", holder: null, claimed_at: null, progress: { records: 3, items: 6, pieces: 50, expected: 24 }, ...fields });

test("progress is the share of the expected items, never above one", () => {
  assert.equal(figureOf("progress", aRack(), undefined, NOW), 0.25);
  assert.equal(figureOf("progress", aRack({ progress: { items: 30, expected: 24 } }), undefined, NOW), 1);
  assert.equal(figureOf("progress", aRack({ progress: { items: 3, expected: 0 } }), undefined, NOW), null);
});

test("pace is of who holds the rack now, else what the server says", () => {
  const rack = aRack({ holder: { name: "Asha" }, claimed_at: "2026-01-01T10:30:00Z" });
  assert.equal(figureOf("pace", rack, { pieces_per_hour: 7 }, NOW), 100);
  assert.equal(figureOf("pace", aRack(), { pieces_per_hour: 7 }, NOW), 7);
  assert.equal(figureOf("pace", { ...rack, claimed_at: "2026-01-01T10:59:30Z" }, undefined, NOW), null);
});

test("a variance counts by its size, whichever way it goes", () => {
  const bounds = boundsOf("variance", [-100, 10, 20, -30, 40, 50, null]);
  assert.equal(classOf(-100, bounds), 4);
  assert.equal(classOf(100, bounds), 4);
  assert.equal(classOf(0, bounds), 0);
});

test("bounds grow, and every figure has a class", () => {
  const figures = Array.from({ length: 200 }, (_, i) => i * i);
  const bounds = boundsOf("damage", figures);
  assert.deepEqual(bounds, [...bounds].sort((a, b) => a - b));
  assert.equal(new Set(figures.map((n) => classOf(n, bounds))).size, 5);
});

test("where there is no figure there is no class", () => {
  assert.equal(classOf(null, [1, 2]), null);
  assert.deepEqual(boundsOf("damage", [null, 0, 0]), []);
});
