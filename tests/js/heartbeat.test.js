import assert from "node:assert/strict";
import test from "node:test";
import { Unreachable } from "../../static/js/core/api.js";
import { Heartbeat } from "../../static/js/core/heartbeat.js";
import { Lease } from "../../static/js/core/lease.js";
import { until } from "./support.js";

const held = { lease: "held", lock_ttl_remaining: 60 };

function aTab(t, { sessionId = "s1", post = async () => held, now = () => performance.now() } = {}) {
  const asked = [];
  const told = [];
  const lease = new Lease(now);
  const api = { post: async (_path, body) => (asked.push(body), post()) };
  const beats = new Heartbeat({
    api, lease, sessionId, rackId: "G-01", told: (outcome) => told.push(outcome), queue: () => ({ queue_length: 7 }),
  });
  t.after(() => beats.stop());
  return { beats, lease, asked, told };
}

test("a beat tells how much waits", async (t) => {
  const { beats, asked } = aTab(t);
  beats.start();
  await until(() => asked.length === 1);
  assert.deepEqual(asked[0], { session_id: "s1", rack_id: "G-01", queue_length: 7 });
});

test("a tab that hears another's beat is as well off as with its own", async (t) => {
  const one = aTab(t);
  const two = aTab(t, { post: async () => { throw new Unreachable(); } });
  two.beats.start();
  await until(() => two.told.includes("missed"));
  one.beats.start();
  await until(() => two.told.includes("held"));
  assert.equal(two.lease.state, "held");
  assert.equal(two.lease.missed, 0);
});

test("a deadline that was overheard is never later than the one who beat has it", async (t) => {
  const one = aTab(t);
  const two = aTab(t, { post: () => new Promise(() => {}) });
  two.beats.start();
  one.beats.start();
  await until(() => two.told.includes("held"));
  assert.ok(two.lease.remaining() <= one.lease.remaining());
});

test("another session's beat is not ours", async (t) => {
  const one = aTab(t, { sessionId: "s2" });
  const two = aTab(t, { post: () => new Promise(() => {}) });
  two.beats.start();
  one.beats.start();
  await until(() => one.told.includes("held"));
  await new Promise((resolve) => setTimeout(resolve, 30));
  assert.deepEqual(two.told, []);
});

test("a lost lease is told to every tab", async (t) => {
  const one = aTab(t, { post: async () => ({ lease: "lost", holder: { name: "Ben" } }) });
  const two = aTab(t, { post: () => new Promise(() => {}) });
  two.beats.start();
  one.beats.start();
  await until(() => two.told.includes("lost"));
  assert.equal(two.lease.state, "lost");
});
