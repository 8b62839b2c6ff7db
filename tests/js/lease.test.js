import assert from "node:assert/strict";
import test from "node:test";
import { Problem, Unreachable } from "../../static/js/core/api.js";
import { Heartbeat } from "../../static/js/core/heartbeat.js";
import { Lease } from "../../static/js/core/lease.js";

function aLease() {
  const clock = { at: 1_000 };
  return { clock, lease: new Lease(() => clock.at) };
}

test("the deadline counts from when the renewal was sent", () => {
  const { clock, lease } = aLease();
  clock.at = 9_000; // the answer took eight seconds
  lease.renewed(1_000, 60);
  assert.equal(lease.remaining(), 52_000);
});

test("an answer that comes late does not take time away", () => {
  const { lease } = aLease();
  lease.renewed(5_000, 60);
  lease.renewed(1_000, 60);
  assert.equal(lease.sentAt, 5_000);
});

test("a lease warns before it ends", () => {
  const { clock, lease } = aLease();
  assert.equal(lease.state, "unknown");
  lease.renewed(1_000, 60);
  assert.equal(lease.state, "held");
  clock.at = 42_000;
  assert.equal(lease.state, "ending");
  clock.at = 61_000;
  assert.equal(lease.state, "ended");
});

test("a lost lease never comes back", () => {
  const { lease } = aLease();
  lease.renewed(1_000, 60);
  lease.wasLost();
  lease.renewed(2_000, 60);
  assert.equal(lease.state, "lost");
  assert.equal(lease.remaining(), 0);
});

function aHeartbeat(t, answer) {
  const { clock, lease } = aLease();
  const told = [];
  const api = { post: async () => answer(clock) };
  const beats = new Heartbeat({ api, lease, sessionId: "s1", rackId: "G-01", told: (outcome) => told.push(outcome) });
  t.after(() => beats.stop());
  return { beats, lease, told, clock };
}

test("a held lease is renewed by a beat", async (t) => {
  const { beats, lease, told } = aHeartbeat(t, (clock) => {
    clock.at += 3_000;
    return { lease: "held", lock_ttl_remaining: 60 };
  });
  await beats.beat();
  assert.deepEqual(told, ["held"]);
  assert.equal(lease.remaining(), 57_000);
});

test("a beat that finds the lease lost is the last one", async (t) => {
  const { beats, lease, told } = aHeartbeat(t, () => ({ lease: "lost", holder: { name: "Asha" } }));
  await beats.beat();
  assert.deepEqual(told, ["lost"]);
  assert.equal(beats.stopped, true);
  assert.equal(lease.state, "lost");
});

test("no answer is a missed beat and not a lost lease", async (t) => {
  const { beats, lease, told } = aHeartbeat(t, () => {
    throw new Unreachable();
  });
  await beats.beat();
  assert.deepEqual(told, ["missed"]);
  assert.equal(lease.missed, 1);
  assert.equal(beats.stopped, false);
});

test("a session that the server does not know is closed", async (t) => {
  const { beats, told } = aHeartbeat(t, () => {
    throw new Problem(404, { code: "unknown_session" }, null);
  });
  await beats.beat();
  assert.deepEqual(told, ["closed"]);
});
