import assert from "node:assert/strict";
import test from "node:test";
import { Problem, Unreachable } from "../../static/js/core/api.js";
import { Backoff } from "../../static/js/core/backoff.js";
import { NotThem } from "../../static/js/core/identity.js";
import { Sync } from "../../static/js/core/sync.js";
import { aCount, allOk, anOutbox, answer, Locks, until } from "./support.js";

class QuickBackoff extends Backoff {
  next() {
    this.tries += 1;
    return 1;
  }
}

async function aSync(t, post, { as } = {}) {
  const parts = await anOutbox(t);
  const batches = [];
  const api = { post: async (_path, body, signal) => (batches.push(body.records), post(body, batches.length, signal)) };
  const sync = new Sync({ outbox: parts.outbox, api, locks: new Locks(), backoff: new QuickBackoff(), ...(as && { as }) });
  t.after(() => sync.stop());
  return { ...parts, sync, batches };
}

const isEmpty = async (ledger) => (await ledger.tally()).waiting === 0;

test("two batches are under way at most", async (t) => {
  let now = 0;
  let most = 0;
  const { sync, outbox, ledger } = await aSync(t, async (body) => {
    most = Math.max(most, (now += 1));
    await new Promise((resolve) => setTimeout(resolve, 100));
    now -= 1;
    return allOk(body);
  });
  for (let n = 0; n < 450; n += 1) await outbox.add(aCount(), "A");
  sync.start();
  await until(() => isEmpty(ledger), 5_000);
  assert.equal(most, 2);
});

test("a queue is not sent while somebody else is signed in", async (t) => {
  let isThem = false;
  const as = async (act) => {
    if (!isThem) throw new NotThem();
    return act();
  };
  const { sync, outbox, ledger, batches } = await aSync(t, allOk, { as });
  await outbox.add(aCount(), "A");
  sync.start();
  await until(() => sync.state === "signed_out");
  assert.equal(batches.length, 0);
  assert.equal((await ledger.tally()).queued, 1);
  isThem = true;
  sync.nudge();
  await until(() => isEmpty(ledger));
});

test("an edit during a lost answer first learns what became of the first version", async (t) => {
  const seen = [];
  const { sync, outbox, ledger } = await aSync(t, async (body, n) => {
    const [record] = body.records;
    seen.push([record.verified_qty, record.base_rev]);
    if (n === 1) {
      await outbox.amend(record.client_record_id, () => ({ record: { verified_qty: 9 } }));
      throw new Unreachable();
    }
    return answer({ ok: [record.client_record_id], revisions: { [record.client_record_id]: n - 1 } });
  });
  await outbox.add(aCount({ verified_qty: 3 }), "A");
  sync.start();
  await until(() => isEmpty(ledger));
  assert.deepEqual(seen, [[3, undefined], [3, undefined], [9, 1]]);
});

test("an edit while sending is a new revision, and the first answer does not end it", async (t) => {
  const { sync, outbox, ledger, batches } = await aSync(t, async (body, n) => {
    const [record] = body.records;
    if (n === 1) await outbox.amend(record.client_record_id, () => ({ record: { verified_qty: 9 } }));
    return answer({ ok: [record.client_record_id], revisions: { [record.client_record_id]: n } });
  });
  const { id } = await outbox.add(aCount({ verified_qty: 3 }), "A");
  sync.start();
  await until(() => isEmpty(ledger));
  assert.deepEqual(batches.map(([r]) => [r.verified_qty, r.base_rev]), [[3, undefined], [9, 1]]);
  assert.ok(batches[1][0].updated_at > batches[0][0].updated_at);
  assert.deepEqual((await ledger.latest("s1", 1)).map((e) => [e.id, e.rev, e.state]), [[id, 2, "acked"]]);
});

for (const [what, body] of [
  ["a page that is not ours", {}],
  ["an answer that names nobody", answer()],
]) {
  test(`${what} takes no count out of the queue`, async (t) => {
    const { sync, outbox, ledger, batches } = await aSync(t, (sent, n) => (n === 1 ? body : allOk(sent)));
    await outbox.add(aCount(), "A");
    sync.start();
    await until(() => isEmpty(ledger));
    assert.equal(batches.length, 2);
    assert.equal((await ledger.latest("s1", 1))[0].state, "acked");
  });
}

test("a refusal that is not in our words parks nothing", async (t) => {
  const { sync, outbox, ledger } = await aSync(t, (body, n) => {
    if (n === 1) throw new Problem(400, {}, null);
    return allOk(body);
  });
  await outbox.add(aCount(), "A");
  sync.start();
  await until(() => isEmpty(ledger));
  assert.equal((await ledger.tally()).parked, 0);
});

test("several bad records are all found, and nothing else is parked", async (t) => {
  const bad = new Set([3, 40, 41, 99, 130]);
  const { sync, outbox, ledger } = await aSync(t, (body) => {
    if (body.records.some((r) => bad.has(r.client_seq))) throw new Problem(400, { code: "invalid_request" }, null);
    return allOk(body);
  });
  for (let n = 0; n < 150; n += 1) await outbox.add(aCount(), "A");
  sync.start();
  await until(() => isEmpty(ledger), 5_000);
  const parked = (await ledger.latest("s1", 200)).filter((e) => e.state === "parked").map((e) => e.seq);
  assert.deepEqual(parked.sort((a, b) => a - b), [...bad]);
  await outbox.retryRefused();
  assert.equal((await ledger.tally()).queued, 5);
});

test("a request that hangs is sent again when the network is back", async (t) => {
  const { sync, outbox, ledger, batches } = await aSync(t, (body, n, signal) => {
    if (n > 1) return allOk(body);
    return new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
  });
  await outbox.add(aCount(), "A");
  sync.start();
  await until(() => batches.length === 1);
  sync.leftAt -= 5_000;
  sync.networkIsBack();
  await until(() => isEmpty(ledger));
  assert.equal(batches.length, 2);
});

test("on a weak link the batches become smaller", async (t) => {
  const { sync, outbox, ledger, batches } = await aSync(t, (body) => {
    if (body.records.length > 25) throw new Unreachable();
    return allOk(body);
  });
  for (let n = 0; n < 100; n += 1) await outbox.add(aCount(), "A");
  sync.start();
  await until(() => isEmpty(ledger), 5_000);
  assert.ok(batches.some((b) => b.length <= 25));
});
