import assert from "node:assert/strict";
import test from "node:test";
import { Counts } from "../../static/js/core/counts.js";
import { scanEvent } from "../../static/js/core/scan-events.js";
import { aCount, allOk, anOutbox, answer } from "./support.js";

const ITEM = { item_code: "85123A", item_name: "Holder", uom: "EA", mrp: 2.5 };
const OTHER = { item_code: "71053", item_name: "Lantern" };
const PLACE = { session_id: "s1", rack_id: "G-01", floor: "Ground" };
const scan = (qty = 1, more = {}) => scanEvent({ qty, by: "scan", ...more });

async function someCounts(t, options) {
  const parts = await anOutbox(t, options);
  return { ...parts, counts: new Counts(parts.db, parts.outbox, PLACE) };
}

async function send(outbox) {
  const sent = await outbox.take(100);
  await outbox.settle(sent, allOk({ records: sent.map((s) => s.record) }));
  return sent.map((s) => s.record);
}

test("scans of an item grow one count, each of them kept", async (t) => {
  const { counts } = await someCounts(t);
  await counts.add(ITEM, scan());
  await counts.add(OTHER, scan());
  const entry = await counts.add(ITEM, scan(5));
  assert.equal(entry.record.verified_qty, 6);
  assert.equal(entry.events.length, 2);
  assert.equal((await counts.all()).length, 2);
});

test("an edit is a newer version on the revision that the server has", async (t) => {
  const { counts, outbox } = await someCounts(t, { now: () => 1_700_000_000_000 });
  const { id } = await counts.add(ITEM, scan());
  const [first] = await send(outbox);
  await counts.edit(id, 12, { damage_qty: 2 });
  const [second] = await send(outbox);
  assert.equal(first.base_rev, undefined);
  assert.equal(second.base_rev, 1);
  assert.equal(second.client_record_id, id);
  assert.deepEqual([second.verified_qty, second.damage_qty], [12, 2]);
  assert.ok(second.updated_at > first.updated_at, "also on a clock that stands still");
});

test("a scan while the count is on its way is sent after the answer", async (t) => {
  const { counts, outbox, ledger } = await someCounts(t);
  await counts.add(ITEM, scan());
  const sent = await outbox.take(100);
  await counts.add(ITEM, scan());
  await outbox.settle(sent, allOk({ records: sent.map((s) => s.record) }));
  const { since, ...tally } = await ledger.tally();
  assert.deepEqual(tally, { queued: 1, sending: 0, parked: 0, waiting: 1, fresh: 0, pieces: 1 });
  assert.ok(since <= Date.now());
  const [later] = await send(outbox);
  assert.deepEqual([later.verified_qty, later.base_rev], [2, 1]);
});

test("undo takes back act by act, over all items, and serials with them", async (t) => {
  let now = 1_000;
  t.mock.method(Date, "now", () => (now += 1));
  const { counts } = await someCounts(t);
  await counts.add(ITEM, scan(1, { serials: ["SN1"] }));
  await counts.add(OTHER, scan(3));
  await counts.add(ITEM, scan(1, { serials: ["SN2"] }));
  assert.equal((await counts.undo()).entry.record.item_code, "85123A");
  const back = await counts.undo();
  assert.deepEqual([back.entry.record.item_code, back.entry.record.verified_qty], ["71053", 0]);
  assert.equal(back.entry.record.voided, true, "taken back is not counted as zero");
  const last = await counts.undo();
  assert.deepEqual([last.entry.record.verified_qty, last.entry.record.serial_numbers], [0, []]);
  assert.equal(await counts.undo(), null);
});

test("a count taken back is none any more, until a scan or a typed zero says so", async (t) => {
  const { counts, outbox, ledger } = await someCounts(t);
  const { id } = await counts.add(ITEM, scan());
  await counts.undo();
  const { fresh, pieces } = await ledger.tally();
  assert.deepEqual([fresh, pieces], [0, 0]);
  const [taken] = await send(outbox);
  assert.deepEqual([taken.voided, taken.verified_qty], [true, 0]);
  assert.deepEqual(taken.scans.map(({ qty, by }) => [qty, by]), [[1, "scan"], [-1, "undo"]]);
  const zero = await counts.edit(id, 0, {});
  assert.equal(zero.record.voided, false);
  assert.equal((await counts.add(ITEM, scan())).record.verified_qty, 1);
});

test("goods of another lot are another count; a code without a lot adds to the last", async (t) => {
  const { counts } = await someCounts(t);
  const first = await counts.add(ITEM, scan(), { lot: "A", expiry_date: "2029-01-31" });
  const second = await counts.add(ITEM, scan(), { lot: "B" });
  assert.notEqual(first.id, second.id);
  assert.equal((await counts.add(ITEM, scan(), { lot: "A" })).id, first.id);
  assert.equal((await counts.add(ITEM, scan())).id, second.id);
});

test("how long a count waits is told from its first unconfirmed change", async (t) => {
  let now = 1_000;
  const { outbox, ledger } = await anOutbox(t, { now: () => now });
  const { id } = await outbox.add(aCount(), "A");
  now = 5_000;
  await outbox.amend(id, () => ({ record: { verified_qty: 4 } }));
  assert.equal((await ledger.tally()).since, 1_000);
  const sent = await outbox.take(1);
  await outbox.settle(sent, allOk({ records: sent.map((s) => s.record) }));
  assert.equal((await ledger.tally()).since, null);
  now = 9_000;
  await outbox.amend(id, () => ({ record: { verified_qty: 5 } }));
  assert.equal((await ledger.tally()).since, 9_000);
});

test("a serial number is found wherever this person counted it", async (t) => {
  const { counts } = await someCounts(t);
  const { id } = await counts.add(ITEM, scan(1, { serials: ["SN1"] }));
  assert.equal((await counts.holderOf("SN1")).id, id);
  assert.equal(await counts.holderOf("SN1", id), null);
  assert.equal(await counts.holderOf("SN2"), null);
});

test("another condition or making date is another count", async (t) => {
  const { counts } = await someCounts(t);
  const good = await counts.add(ITEM, scan(), { mfg_date: "2025-01" });
  const worn = await counts.add(ITEM, scan(), { item_condition: "worn" });
  const newer = await counts.add(ITEM, scan(), { mfg_date: "2026-01" });
  assert.equal(new Set([good.id, worn.id, newer.id]).size, 3);
  assert.equal((await counts.add(ITEM, scan(), { item_condition: "worn" })).id, worn.id);
});

test("a parked count is left alone, and may be corrected and sent again", async (t) => {
  const { counts, outbox, ledger } = await someCounts(t);
  const { id } = await counts.add(ITEM, scan(1, { serials: ["SN1"] }));
  const sent = await outbox.take(1);
  const conflict = { client_record_id: id, conflict_type: "duplicate_serial", conflict_id: "k1", message: "" };
  await outbox.settle(sent, answer({ conflicts: [conflict] }));
  assert.notEqual((await counts.add(ITEM, scan())).id, id);
  await counts.edit(id, 1, { serial_numbers: ["SN9"] });
  const { since, ...tally } = await ledger.tally();
  assert.deepEqual(tally, { queued: 2, sending: 0, parked: 0, waiting: 2, fresh: 2, pieces: 2 });
  assert.ok(since <= Date.now());
});

test("what is damaged never exceeds what is left after an undo", async (t) => {
  const { counts } = await someCounts(t);
  const { id } = await counts.add(ITEM, scan(2));
  await counts.edit(id, 4, { damage_qty: 4 });
  assert.equal((await counts.undo()).entry.record.damage_qty, 2);
});

test("the sum that is sent is what was scanned, however sends fall in between", async (t) => {
  const { counts, outbox, db } = await someCounts(t);
  const server = new Map();
  let seed = 11;
  let expected = 0;
  const random = () => (seed = (seed * 16807) % 2147483647) / 2147483647;
  for (let n = 0; n < 120; n += 1) {
    if (random() < 0.2) expected -= (await counts.undo())?.event.qty ?? 0;
    else {
      const qty = 1 + Math.floor(random() * 5);
      await counts.add(random() < 0.5 ? ITEM : OTHER, scan(qty));
      expected += qty;
    }
    if (random() < 0.3) for (const record of await send(outbox)) server.set(record.client_record_id, record);
  }
  for (const record of await send(outbox)) server.set(record.client_record_id, record);
  assert.equal([...server.values()].reduce((sum, { verified_qty }) => sum + verified_qty, 0), expected);
  assert.equal((await db.getAll("outbox")).every(({ state }) => state === "acked"), true);
});
