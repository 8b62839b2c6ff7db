import assert from "node:assert/strict";
import test from "node:test";
import { Past } from "../../static/js/core/past.js";

const START = Date.parse("2026-01-01T10:00:00Z");
const rack = (n) => ({ rack_id: `G-${n}`, floor: "Ground", row: 0, column: n, status: "available", recount: false, pass: 1, fence: 0, holder: null, session_id: null, claimed_at: null, last_heartbeat: null, progress: { records: 0, items: 0, pieces: 0, expected: 9 }, open_conflicts: 0 });
const racks = [1, 2, 3].map(rack);
const move = (s, action, n, fields = {}) => ({ event_id: s, timestamp: new Date(START + s * 1000).toISOString(), action, status: "active", rack_id: `G-${n}`, session_id: `s${n}`, name: "Ada", details: { fence: 1, pass: 1 }, ...fields });
const story = [
  move(1, "rack_claimed", 1),
  move(2, "counted", 1, { details: { records: 2, items: 2, pieces: 9, expected: 9 } }),
  move(3, "rack_completed", 1, { status: "completed" }),
  move(4, "recount_asked", 1, { status: "available", name: "Sue", details: { fence: 1, pass: 2, recount: true } }),
  move(5, "rack_claimed", 2),
];

function past(moves = story) {
  const made = new Past(racks);
  made.add(moves);
  return made;
}
const lookAt = (made, s) => (made.seek(START + s * 1000), made.map.racks.get("G-1"));

test("each moment shows the rack as it was then", () => {
  const made = past();
  assert.equal(lookAt(made, 0).status, "available");
  assert.deepEqual([lookAt(made, 1).status, lookAt(made, 1).holder.name], ["active", "Ada"]);
  assert.equal(lookAt(made, 2).progress.items, 2);
  assert.equal(lookAt(made, 3).status, "completed");
  assert.deepEqual([lookAt(made, 4).recount, lookAt(made, 4).pass], [true, 2]);
});

test("going back and forth shows the same as going straight", () => {
  const made = past();
  const straight = [0, 1, 2, 3, 4, 5].map((s) => JSON.stringify([...lookAll(past(), s)]));
  for (const s of [5, 0, 3, 1, 4, 2, 5]) {
    assert.equal(JSON.stringify([...lookAll(made, s)]), straight[s]);
  }
});
const lookAll = (made, s) => (made.seek(START + s * 1000), made.map.racks.values());

test("a step forward names the racks that changed, a step back may have changed any", () => {
  const made = past();
  assert.deepEqual([...made.seek(START + 1000)], ["G-1"]);
  assert.deepEqual([...made.seek(START + 5000)].sort(), ["G-1", "G-2"]);
  assert.equal(made.seek(START), null);
});

test("thousands of moves are left and come back to", () => {
  const many = Array.from({ length: 3000 }, (_, i) => move(i + 1, i % 2 ? "rack_released" : "rack_claimed", (i % 3) + 1, { status: i % 2 ? "available" : "active" }));
  const made = past(many);
  made.seek(START + 3_000_000);
  made.seek(START + 1_501_000);
  const fresh = past(many);
  fresh.seek(START + 1_501_000);
  assert.deepEqual([...made.map.racks.values()], [...fresh.map.racks.values()]);
});
