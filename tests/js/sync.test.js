import assert from "node:assert/strict";
import test from "node:test";
import { Problem, Unreachable } from "../../static/js/core/api.js";
import { Backoff } from "../../static/js/core/backoff.js";
import { Sync } from "../../static/js/core/sync.js";
import { aCount, allOk, anOutbox, Locks, until } from "./support.js";

class QuickBackoff extends Backoff {
  asked = [];

  next(retryAfter) {
    this.asked.push(retryAfter);
    return 1;
  }
}

async function aSync(t, post, { locks = new Locks(), db } = {}) {
  const parts = await anOutbox(t, { db });
  const batches = [];
  const api = {
    post: async (_path, body) => {
      batches.push(body.records);
      return post(body, batches.length);
    },
  };
  const backoff = new QuickBackoff();
  const sync = new Sync({ outbox: parts.outbox, api, locks, backoff });
  t.after(() => sync.stop());
  return { ...parts, sync, batches, backoff };
}

const isEmpty = async (ledger) => (await ledger.tally()).waiting === 0;

test("the queue drains in batches of a hundred", async (t) => {
  const { sync, outbox, ledger, batches } = await aSync(t, allOk);
  for (let n = 0; n < 230; n += 1) await outbox.add(aCount(), "A");
  sync.start();
  await until(() => isEmpty(ledger));
  assert.deepEqual(batches.map((b) => b.length), [100, 100, 30]);
});

test("a count saved while idle is sent at once", async (t) => {
  const { sync, outbox, ledger } = await aSync(t, allOk);
  sync.start();
  await until(() => sync.state === "idle");
  await outbox.add(aCount(), "A");
  await until(() => isEmpty(ledger), 500);
});

test("a cut connection sends the same record again under its name", async (t) => {
  const { sync, outbox, ledger, batches } = await aSync(t, (body, n) => {
    if (n === 1) throw new Unreachable();
    return allOk(body);
  });
  const { id } = await outbox.add(aCount(), "A");
  sync.start();
  await until(() => isEmpty(ledger));
  assert.deepEqual(batches.map(([r]) => r.client_record_id), [id, id]);
});

test("a batch refused whole is halved until the bad one stands alone", async (t) => {
  const refuse = (body) => {
    if (body.records.some((r) => r.item_code === "bad")) throw new Problem(400, { code: "invalid_request" }, null);
    return allOk(body);
  };
  const { sync, outbox, ledger } = await aSync(t, refuse);
  for (let n = 0; n < 9; n += 1) await outbox.add(aCount({ item_code: n === 5 ? "bad" : "good" }), "A");
  sync.start();
  await until(() => isEmpty(ledger));
  const states = (await ledger.latest("s1", 20)).map((e) => [e.record.item_code, e.state]);
  assert.deepEqual(states.filter(([, state]) => state === "parked"), [["bad", "parked"]]);
  assert.equal(states.filter(([, state]) => state === "acked").length, 8);
});

test("the wait that a busy server asks for is honoured", async (t) => {
  const { sync, outbox, ledger, backoff } = await aSync(t, (body, n) => {
    if (n === 1) throw new Problem(503, { code: "storage_unavailable" }, 7);
    return allOk(body);
  });
  await outbox.add(aCount(), "A");
  sync.start();
  await until(() => isEmpty(ledger));
  assert.deepEqual(backoff.asked, [7]);
  assert.equal(new Backoff(() => 0).next(7), 7_000);
});

test("two tabs send every count once", async (t) => {
  const locks = new Locks();
  const one = await aSync(t, allOk, { locks });
  const two = await aSync(t, allOk, { locks, db: one.db });
  one.sync.start();
  two.sync.start();
  await Promise.all([1, 2, 3].map(() => two.outbox.add(aCount(), "A")));
  one.sync.nudge();
  await until(() => isEmpty(one.ledger));
  assert.equal(one.batches.flat().length, 3);
  assert.equal(two.batches.length, 0);
});

test("a signed-out counter's queue is kept", async (t) => {
  const { sync, outbox, ledger } = await aSync(t, () => {
    throw new Problem(401, { code: "not_signed_in" }, null);
  });
  await outbox.add(aCount(), "A");
  sync.start();
  await until(() => sync.state === "signed_out");
  assert.equal((await ledger.tally()).queued, 1);
});

test("waits double from two seconds to five minutes", () => {
  const backoff = new Backoff(() => 1);
  const waits = Array.from({ length: 10 }, () => backoff.next());
  assert.deepEqual(waits.slice(0, 4), [2_000, 4_000, 8_000, 16_000]);
  assert.equal(waits.at(-1), 300_000);
});

test("a rush of scans of one line is sent when it settles, its first scan at once", async (t) => {
  const { sync, outbox, ledger, batches } = await aSync(t, allOk);
  sync.start();
  await until(() => sync.state === "idle");
  const { id } = await outbox.add(aCount({ verified_qty: 1 }), "A");
  await until(() => isEmpty(ledger));
  for (let n = 2; n <= 8; n += 1) {
    await outbox.amend(id, () => ({ record: { verified_qty: n } }));
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
  await until(() => isEmpty(ledger));
  const sent = batches.map(([record]) => record.verified_qty);
  assert.deepEqual([sent[0], sent.at(-1)], [1, 8]);
  assert.ok(sent.length < 5, `sent ${sent}`); // two, where nothing else keeps the machine busy
});

test("a rush that never pauses is sent all the same", async (t) => {
  const { sync, outbox, ledger, batches } = await aSync(t, allOk);
  sync.start();
  await until(() => sync.state === "idle");
  const { id } = await outbox.add(aCount({ verified_qty: 1 }), "A");
  await until(() => isEmpty(ledger));
  const end = performance.now() + 2_400;
  for (let n = 2; performance.now() < end; n += 1) {
    await outbox.amend(id, () => ({ record: { verified_qty: n } }));
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  assert.ok(batches.length >= 2);
});

test("a pause that the server asked for is kept, also when the network comes and goes", async (t) => {
  const { sync, outbox, batches } = await aSync(t, () => {
    throw new Problem(503, { code: "storage_unavailable" }, 1);
  });
  sync.backoff.next = (retryAfter) => (retryAfter ?? 0) * 1000 + 1;
  await outbox.add(aCount(), "A");
  sync.start();
  await until(() => batches.length === 1 && sync.state === "waiting");
  for (let n = 0; n < 5; n += 1) {
    sync.networkIsBack();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  assert.equal(batches.length, 1);
  await until(() => batches.length === 2);
});
