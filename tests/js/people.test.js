import assert from "node:assert/strict";
import test from "node:test";
import { idleFor, People } from "../../static/js/core/people.js";

const at = (minutes) => new Date(Date.parse("2026-01-01T10:00:00Z") + minutes * 60_000).toISOString();
const ada = { user_id: "u1", username: "ada", name: "Ada", role: "counter", online: true, device_id: null, queue_length: null, pace_per_hour: null, idle_since: null, racks: [] };
const claim = { type: "claimed", at: at(0), user_id: "u1", rack_id: "G-01", floor: "Ground", session_id: "s1", holder: { user_id: "u1", name: "Ada" } };
const progress = (minutes, pieces) => ({ type: "progress", at: at(minutes), user_id: "u1", rack_id: "G-01", session_id: "s1", progress: { records: 1, items: 1, pieces, expected: 9 } });

function people(...list) {
  const all = new People();
  all.load(list.length ? list : [ada]);
  return all;
}

test("a claim puts a person at the rack, its end takes them away", () => {
  const all = people();
  all.apply("rack:update", claim);
  assert.deepEqual(all.of("u1").racks.map(({ rack_id }) => rack_id), ["G-01"]);
  all.apply("rack:update", { ...claim, type: "released", holder: null });
  assert.deepEqual(all.of("u1").racks, []);
});

test("pace is of what was counted lately", () => {
  const all = people();
  all.apply("rack:update", claim);
  all.apply("session:update", progress(0, 0));
  all.apply("session:update", progress(6, 60));
  assert.equal(all.of("u1").pace_per_hour, 600);
  all.apply("session:update", progress(30, 61));
  all.apply("session:update", progress(36, 67));
  assert.equal(Math.round(all.of("u1").pace_per_hour), 60);
});

test("whoever counts nothing at a rack for five minutes is idle", () => {
  const all = people();
  all.apply("rack:update", claim);
  assert.equal(idleFor(all.of("u1"), Date.parse(at(4))), null);
  assert.equal(idleFor(all.of("u1"), Date.parse(at(6))), 360);
  all.apply("session:update", progress(6, 5));
  assert.equal(idleFor(all.of("u1"), Date.parse(at(7))), null);
});

test("without a rack nobody is idle", () => {
  assert.equal(idleFor({ ...ada, idle_since: at(0) }, Date.parse(at(60))), null);
});

test("presence and the queue follow their events", () => {
  const all = people();
  all.apply("session:update", { type: "heartbeat", user_id: "u1", queue_length: 12 });
  assert.equal(all.of("u1").queue_length, 12);
  all.apply("presence", { type: "presence", user_id: "u1", online: false });
  assert.equal(all.of("u1").online, false);
  assert.deepEqual(all.shown, []);
});

test("those at racks come first, then by name and number", () => {
  const all = people({ ...ada, user_id: "a", name: "Counter 10" }, { ...ada, user_id: "b", name: "Counter 2" }, { ...ada, user_id: "c", name: "Zoe", racks: [{ rack_id: "G-01" }] });
  assert.deepEqual(all.shown.map(({ name }) => name), ["Zoe", "Counter 2", "Counter 10"]);
});

test("an event of somebody unknown changes nothing", () => {
  assert.equal(people().apply("presence", { type: "presence", user_id: "nobody", online: true }), false);
});
