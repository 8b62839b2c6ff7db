import assert from "node:assert/strict";
import test from "node:test";
import { firstFound, isFound, isWanted, traitsOf } from "../../static/js/core/rack-filter.js";

const NOW = Date.parse("2026-01-01T10:10:00Z");
const aRack = (fields = {}) => ({ rack_id: "G-01", floor: "Ground", zone: "Aisle 1", status: "available", recount: false, holder: null, open_conflicts: 0, ...fields });
const held = (fields = {}) => aRack({ status: "active", holder: { name: "Asha Rao", username: "asha" }, last_heartbeat: "2026-01-01T10:09:50Z", ...fields });
const all = { off: new Set(), only: new Set(), floor: "", words: "" };

test("a state that is switched off is not wanted", () => {
  assert.equal(isWanted(held(), { ...all, off: new Set(["active"]) }, NOW), false);
  assert.equal(isWanted(aRack(), { ...all, off: new Set(["active"]) }, NOW), true);
});

test("of several traits one is enough", () => {
  const only = new Set(["conflicts", "silent"]);
  assert.equal(isWanted(aRack({ open_conflicts: 2 }), { ...all, only }, NOW), true);
  assert.equal(isWanted(held({ last_heartbeat: "2026-01-01T10:09:00Z" }), { ...all, only }, NOW), true);
  assert.equal(isWanted(held(), { ...all, only }, NOW), false);
});

test("a free rack is never silent", () => {
  assert.deepEqual(traitsOf([aRack({ last_heartbeat: "2026-01-01T08:00:00Z" })], NOW), { conflicts: 0, silent: 0, assigned: 0 });
});

test("a rack is found by code without its hyphen, by zone, holder and assignee", () => {
  for (const words of ["g01", "G-0", "aisle", "ASHA", "rao g-01"]) assert.ok(isFound(held(), words), words);
  assert.ok(isFound(aRack({ assigned_to: { name: "Ben" } }), "ben"));
  assert.equal(isFound(held(), "ben"), false);
});

test("a whole code means that rack, not the first that begins so", () => {
  const racks = [aRack({ rack_id: "UG-01" }), aRack({ rack_id: "G-01" })];
  assert.equal(firstFound(racks, "g-01").rack_id, "G-01");
  assert.equal(firstFound(racks, "01").rack_id, "UG-01");
  assert.equal(firstFound(racks, "nothing"), undefined);
});
