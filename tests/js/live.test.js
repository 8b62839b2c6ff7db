import assert from "node:assert/strict";
import test from "node:test";
import { Live } from "../../static/js/core/live.js";

/** A socket whose server end is the test. */
class Wire {
  handlers = {};
  sent = [];
  connected = false;
  answer = { ok: true };

  on(event, handler) {
    this.handlers[event] = handler;
  }

  connect() {
    this.connected = true;
    this.handlers.connect();
  }

  disconnect() {
    this.drop("io client disconnect");
  }

  drop(reason = "transport close") {
    this.connected = false;
    this.handlers.disconnect(reason);
  }

  emit(event, data, ack) {
    this.sent.push([event, data]);
    ack(this.answer);
  }

  say(name, event) {
    this.handlers[name](event);
  }
}

function aLive(refresh = async () => true) {
  const wire = new Wire();
  const live = new Live(wire, refresh);
  const heard = [];
  live.addEventListener("event", ({ detail }) => heard.push([detail.name, detail.event.id]));
  return { wire, live, heard };
}

test("a reconnected screen asks for what it missed", () => {
  const { wire, live } = aLive();
  live.watch({ floors: ["Ground"] });
  wire.say("rack:update", { id: 41, type: "claimed" });
  wire.drop();
  assert.equal(live.state, "offline");
  wire.connect();
  assert.deepEqual(wire.sent.at(-1), ["watch", { floors: ["Ground"], since: 41 }]);
  assert.equal(live.state, "live");
});

test("a network that is back is used at once", () => {
  const { wire, live } = aLive();
  live.watch({});
  live.networkIsGone();
  assert.equal(live.state, "offline");
  live.networkIsBack();
  assert.equal(live.state, "live");
});

test("an event that was heard before is not heard twice", () => {
  const { wire, live, heard } = aLive();
  live.watch({});
  wire.say("rack:update", { id: 5 });
  wire.say("rack:update", { id: 5 });
  wire.say("rack:update", { id: 4 });
  wire.say("rack:update", { id: 6 });
  assert.deepEqual(heard, [["rack:update", 5], ["rack:update", 6]]);
});

test("a snapshot sets where the screen stands, even back", () => {
  const { wire, live, heard } = aLive();
  live.watch({});
  wire.say("rack:update", { id: 900 });
  wire.say("snapshot", { id: 12, racks: [] });
  wire.say("rack:update", { id: 13 });
  assert.deepEqual(heard.map(([, id]) => id), [900, 12, 13]);
});

test("a relay that is behind shows as behind until it caught up", () => {
  const { wire, live } = aLive();
  live.watch({});
  wire.say("notification", { type: "live_behind" });
  assert.equal(live.state, "behind");
  wire.say("notification", { type: "live_caught_up" });
  assert.equal(live.state, "live");
});

test("a screen that Redis kept from watching watches once it is back", () => {
  const { wire, live } = aLive();
  live.watch({ floors: ["Ground"] });
  wire.say("rack:update", { id: 7 });
  wire.drop();
  wire.answer = { ok: false, error: { code: "redis_unavailable" } };
  wire.connect();
  assert.equal(live.state, "behind");
  wire.answer = { ok: true };
  wire.say("notification", { type: "live_caught_up" });
  assert.deepEqual(wire.sent.at(-1), ["watch", { floors: ["Ground"], since: 7 }]);
  assert.equal(live.state, "live");
});

test("a screen that is told of a gap asks for a whole snapshot", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { wire, live } = aLive();
  live.watch({ floors: ["Ground"] });
  wire.say("rack:update", { id: 7 });
  wire.say("notification", { id: 9, type: "live_gap" });
  t.mock.timers.tick(1000);
  assert.deepEqual(wire.sent.at(-1), ["watch", { floors: ["Ground"] }]);
  wire.drop();
  wire.connect();
  assert.deepEqual(wire.sent.at(-1), ["watch", { floors: ["Ground"], since: 9 }]);
});

test("a screen that asked too often asks again a minute later", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { wire, live } = aLive();
  wire.answer = { ok: false, error: { code: "too_many_requests" } };
  live.watch({ floors: ["Ground"] });
  assert.equal(live.state, "offline");
  wire.answer = { ok: true };
  t.mock.timers.tick(59_000);
  assert.equal(live.state, "offline");
  t.mock.timers.tick(1_000);
  assert.equal(live.state, "live");
});

test("a refused screen whose sign-in ended says so", async () => {
  const { wire, live } = aLive(async () => false);
  const out = new Promise((resolve) => live.addEventListener("signed-out", resolve));
  wire.handlers.connect_error(new Error("not_signed_in"));
  await out;
});
