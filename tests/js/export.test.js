import assert from "node:assert/strict";
import test from "node:test";
import { asCsv, asJson } from "../../static/js/core/export.js";
import { aCount, anOutbox } from "./support.js";

test("every count that the server has not taken is in the file, refused ones with the reason", async (t) => {
  const { outbox, ledger } = await anOutbox(t);
  await outbox.add(aCount({ serial_numbers: ["S1", "S2"], verified_qty: 2 }), 'HOLDER, "RED"');
  const { id } = await outbox.add(aCount({ item_code: "=1+1" }), "B");
  const done = await outbox.add(aCount(), "C");
  await outbox.park(id, "invalid_record", "bad");
  await outbox.take(1);
  const kept = await ledger.unsent();
  assert.equal(kept.length, 3);
  const rows = asCsv(kept).trimEnd().split("\r\n");
  assert.equal(rows.length, 4);
  assert.match(rows[0], /^client_record_id,session_id,rack_id/);
  assert.ok(asCsv(kept).includes('"HOLDER, ""RED"""'));
  assert.ok(asCsv(kept).includes("'=1+1"), "no formula reaches a spreadsheet");
  assert.ok(asCsv(kept).includes("invalid_record,bad"));
  const { records } = JSON.parse(asJson(kept));
  assert.deepEqual(records[0].serial_numbers, ["S1", "S2"]);
  assert.ok(records.some((r) => r.client_record_id === done.id));
});
