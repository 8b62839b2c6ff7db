import assert from "node:assert/strict";
import test from "node:test";
import { aCount, allOk, anOutbox, answer } from "./support.js";

test("a saved count is on disk with the device's next number", async (t) => {
  const { outbox, ledger } = await anOutbox(t);
  await outbox.add(aCount(), "Holder");
  const entry = await outbox.add(aCount({ verified_qty: 5 }), "Holder");
  assert.equal(entry.record.client_seq, 2);
  assert.equal(entry.record.device_id, "web-1");
  const { since, ...tally } = await ledger.tally();
  assert.deepEqual(tally, { queued: 2, sending: 0, parked: 0, waiting: 2, fresh: 2, pieces: 8 });
  assert.ok(since <= Date.now());
});

test("a count leaves the outbox only when the server named it", async (t) => {
  const { outbox, ledger } = await anOutbox(t);
  await outbox.add(aCount(), "Holder");
  await outbox.add(aCount(), "Holder");
  const sent = await outbox.take(100);
  await outbox.settle(sent, answer({ ok: [sent[0].id] }));
  assert.deepEqual((await ledger.latest("s1", 10)).map((e) => e.state), ["queued", "acked"]);
});

test("what was being sent when the program died waits again", async (t) => {
  const { db, outbox } = await anOutbox(t);
  await outbox.add(aCount(), "Holder");
  await outbox.take(100);
  const { outbox: reborn, ledger } = await anOutbox(t, { db });
  await reborn.giveBack();
  assert.equal((await ledger.tally()).queued, 1);
});

test("conflicts and refusals are parked with the server's words", async (t) => {
  const { outbox, ledger } = await anOutbox(t);
  await outbox.add(aCount(), "A");
  await outbox.add(aCount(), "B");
  const [a, b] = await outbox.take(100);
  await outbox.settle([a, b], answer({
    conflicts: [{ client_record_id: a.id, conflict_id: "k1", conflict_type: "stale_lease", message: "late" }],
    errors: [{ client_record_id: b.id, error_type: "invalid_record", message: "bad" }],
  }));
  const [last, first] = await ledger.latest("s1", 10);
  assert.deepEqual(first.verdict, { kind: "stale_lease", message: "late", conflict_id: "k1" });
  assert.deepEqual(last.verdict, { kind: "invalid_record", message: "bad" });
  assert.equal((await ledger.tally()).parked, 2);
});

test("a storage error that may be retried keeps the count waiting", async (t) => {
  const { outbox, ledger } = await anOutbox(t);
  await outbox.add(aCount(), "A");
  const sent = await outbox.take(100);
  const error = { client_record_id: sent[0].id, error_type: "storage_error", message: "", details: { retryable: true } };
  await outbox.settle(sent, answer({ errors: [error] }));
  assert.equal((await ledger.tally()).queued, 1);
});

test("one person's counts are never taken under another name", async (t) => {
  const { db, outbox } = await anOutbox(t);
  await outbox.add(aCount(), "A");
  const { outbox: other } = await anOutbox(t, { db, userId: "u2" });
  assert.deepEqual(await other.take(100), []);
  assert.equal((await outbox.take(100)).length, 1);
});

test("counts are sent in the order they were taken", async (t) => {
  const { outbox } = await anOutbox(t);
  for (let n = 1; n <= 12; n += 1) await outbox.add(aCount({ verified_qty: n }), "A");
  const first = await outbox.take(5);
  const second = await outbox.take(100);
  assert.deepEqual([...first, ...second].map((s) => s.record.verified_qty), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
});

test("a conflict that a supervisor settled needs no more attention", async (t) => {
  const { outbox, ledger } = await anOutbox(t);
  const { id } = await outbox.add(aCount(), "A");
  await outbox.park(id, "invalid_record", "bad");
  await outbox.settledElsewhere(id);
  assert.equal((await ledger.tally()).parked, 0);
});

test("what an item has been counted so far leaves refused counts out", async (t) => {
  const { outbox, ledger } = await anOutbox(t);
  await outbox.add(aCount({ verified_qty: 3 }), "A");
  const { id } = await outbox.add(aCount({ verified_qty: 4 }), "A");
  await outbox.add(aCount({ item_code: "other", verified_qty: 9 }), "B");
  await outbox.park(id, "stale_lease", "late");
  assert.equal(await ledger.countedOf("s1", "85123A"), 3);
});

test("the answer and the time of the last sync are kept together", async (t) => {
  const { outbox, ledger } = await anOutbox(t, { now: () => 1_700_000_000_000 });
  await outbox.add(aCount(), "A");
  const sent = await outbox.take(100);
  await outbox.settle(sent, allOk({ records: sent.map((s) => s.record) }));
  assert.equal(await ledger.lastSync(), 1_700_000_000_000);
  assert.equal((await ledger.latest("s1", 1))[0].rev, 1);
});
