import assert from "node:assert/strict";
import test from "node:test";
import { FloorMap, lookOf } from "../../static/js/core/floor-map.js";

const aRack = (fields = {}) => ({
  rack_id: "G-01",
  floor: "Ground",
  row: 0,
  column: 0,
  status: "available",
  recount: false,
  pass: 1,
  fence: 0,
  holder: null,
  session_id: null,
  claimed_at: null,
  last_heartbeat: null,
  progress: { records: 0, items: 0, pieces: 0, expected: 24 },
  open_conflicts: 0,
  ...fields,
});

function aMap(...racks) {
  const map = new FloorMap();
  map.load(racks);
  return map;
}

const claimed = {
  type: "claimed", at: "2026-01-01T10:00:00Z", rack_id: "G-01", status: "active", fence: 1, pass: 1,
  session_id: "s1", holder: { name: "Asha" },
};

test("a claim shows who counts the rack since when", () => {
  const rack = aMap(aRack()).apply("rack:update", claimed);
  assert.equal(rack.status, "active");
  assert.equal(rack.holder.name, "Asha");
  assert.equal(rack.last_heartbeat, claimed.at);
});

test("progress of the rack's session moves its figures", () => {
  const map = aMap(aRack());
  map.apply("rack:update", claimed);
  const progress = { records: 2, items: 2, pieces: 9, expected: 24 };
  const told = { type: "progress", at: "2026-01-01T10:01:00Z", rack_id: "G-01", session_id: "s1", progress };
  assert.deepEqual(map.apply("session:update", told).progress, progress);
});

test("what waits on the holder's device comes with the beats and goes with the lease", () => {
  const map = aMap(aRack({ status: "active", session_id: "s1", fence: 1 }));
  const beat = { type: "heartbeat", rack_id: "G-01", session_id: "s1", queue_length: 12, queue_age_s: 180 };
  const { queue_length, queue_age_s } = map.apply("session:update", beat);
  assert.deepEqual([queue_length, queue_age_s], [12, 180]);
  assert.equal(map.apply("session:update", { ...beat, queue_length: null }).queue_length, 12, "a beat that does not tell");
  const freed = map.apply("rack:update", { type: "expired", status: "available", rack_id: "G-01", session_id: "s1", fence: 1 });
  assert.equal(freed.queue_length, null);
});

test("an older session's progress does not touch the new one", () => {
  const map = aMap(aRack());
  map.apply("rack:update", { ...claimed, session_id: "s2", fence: 2 });
  const told = { type: "progress", rack_id: "G-01", session_id: "s1", progress: { records: 9, items: 9, pieces: 9, expected: 24 } };
  assert.equal(map.apply("session:update", told), null);
});

test("a new claim counts from nothing and keeps what is expected", () => {
  const map = aMap(aRack({ progress: { records: 5, items: 5, pieces: 5, expected: 24 } }));
  const rack = map.apply("rack:update", claimed);
  assert.deepEqual(rack.progress, { records: 0, items: 0, pieces: 0, expected: 24 });
});

test("a lease that comes back goes on with its figures", () => {
  const map = aMap(aRack());
  map.apply("rack:update", claimed);
  const progress = { records: 2, items: 2, pieces: 9, expected: 24 };
  map.apply("session:update", { type: "progress", rack_id: "G-01", session_id: "s1", progress });
  map.apply("rack:update", { ...claimed, type: "expired", status: "available", holder: null });
  assert.deepEqual(map.apply("rack:update", claimed).progress, progress);
});

test("an expired lease frees the rack and its holder", () => {
  const map = aMap(aRack());
  map.apply("rack:update", claimed);
  const rack = map.apply("rack:update", { ...claimed, type: "expired", status: "available", holder: null });
  assert.deepEqual([rack.status, rack.holder, rack.session_id], ["available", null, null]);
});

test("a rack that waits for a recount stands out", () => {
  const map = aMap(aRack({ status: "completed" }));
  const rack = map.apply("rack:update", { type: "recount", rack_id: "G-01", status: "available", recount: true, pass: 2 });
  assert.equal(lookOf(rack), "recount");
  assert.equal(map.tally().recount, 1);
});

test("conflicts are counted up and down", () => {
  const map = aMap(aRack());
  assert.equal(map.apply("conflict:new", { type: "new", rack_id: "G-01" }).open_conflicts, 1);
  assert.equal(map.apply("conflict:resolved", { type: "resolved", rack_id: "G-01" }).open_conflicts, 0);
});

test("a rack that becomes free drops its figures, as a snapshot has it", () => {
  const map = aMap(aRack());
  map.apply("rack:update", claimed);
  map.apply("session:update", { type: "progress", rack_id: "G-01", session_id: "s1", progress: { records: 2, items: 2, pieces: 9, expected: 24 } });
  const rack = map.apply("rack:update", { ...claimed, type: "released", status: "available", holder: null });
  assert.deepEqual(rack.progress, { records: 0, items: 0, pieces: 0, expected: 24 });
});

test("late progress of a session that ended leaves a free rack at nothing", () => {
  const map = aMap(aRack());
  map.apply("rack:update", claimed);
  map.apply("rack:update", { ...claimed, type: "released", status: "available", holder: null });
  assert.equal(map.apply("session:update", { type: "progress", rack_id: "G-01", session_id: "s1", progress: { records: 2, items: 2, pieces: 9, expected: 24 } }), null);
});

test("an assignment is shown, and ends with the pass or another holder", () => {
  const to = { user_id: "u1", name: "Asha" };
  const given = { type: "assigned", rack_id: "G-01", status: "available", assigned_to: to };
  const after = (event) => {
    const map = aMap(aRack());
    map.apply("rack:update", given);
    return map.apply("rack:update", event).assigned_to;
  };
  assert.deepEqual(after({ ...claimed, holder: to }), to);
  assert.equal(after({ ...claimed, holder: { user_id: "u2", name: "Ben" } }), null);
  assert.equal(after({ ...claimed, type: "completed", status: "completed" }), null);
  assert.equal(after({ ...claimed, type: "recount", status: "available" }), null);
  assert.equal(after({ ...given, assigned_to: null }), null);
});

test("the sums of a floor follow every event", () => {
  const map = aMap(aRack(), aRack({ rack_id: "F-01", floor: "First" }));
  map.apply("rack:update", claimed);
  assert.deepEqual([map.tally().active, map.tally("Ground").active, map.tally("First").active], [1, 1, 0]);
  map.apply("rack:update", { ...claimed, type: "completed", status: "completed" });
  assert.deepEqual([map.tally("Ground").active, map.tally("Ground").completed], [0, 1]);
});

test("an event of an unknown rack changes nothing", () => {
  assert.equal(aMap(aRack()).apply("rack:update", { ...claimed, rack_id: "X-99" }), null);
});
