import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { madeOf } from "../../static/js/core/made-date.js";
import { openConflicts } from "../../static/js/core/open-conflicts.js";
import { momentsOf, paceOf } from "../../static/js/core/pace.js";
import { reportOf } from "../../static/js/core/tester.js";
import { speak } from "../../static/js/core/texts.js";
import { wordsFor } from "../../static/js/elements/conflict-words.js";

speak(JSON.parse(readFileSync(join(import.meta.dirname, "../../static/texts/en.json"), "utf8")), "en");

test("making dates are read as they stand on goods", () => {
  assert.deepEqual(["2025", "2025-1", "01/2025", "1.2025", "15/01/2025", "2025-01-15", ""].map(madeOf),
    ["2025", "2025-01", "2025-01", "2025-01", "2025-01-15", "2025-01-15", null]);
  for (const bad of ["13/2025", "2025-02-30", "25", "soon", "2025-01-15-1"]) assert.equal(madeOf(bad), undefined, bad);
});

test("pace is of the last quarter of an hour", () => {
  const now = 10_000_000;
  assert.equal(paceOf([now - 60_000, now - 30_000, now], now), 180);
  assert.equal(paceOf([0, now - 60_000, now], now), 120);
  assert.equal(paceOf([], now), null);
  assert.equal(paceOf([now - 1_000], now), null);
});

test("acts that were taken back do not make anybody quicker", () => {
  const events = [{ id: "a", at: 1, qty: 1, by: "scan" }, { id: "b", at: 2, qty: -1, by: "undo", undoes: "a" }];
  assert.deepEqual(momentsOf([{ events, saved_at: 1 }, { saved_at: 5 }]), [5]);
});

const TYPES = ["duplicate_serial", "invalid_quantity", "rack_locked", "wrong_rack", "stale_lease", "stale_update", "session_closed", "invalid_record"];
for (const kind of TYPES) test(`a ${kind} is told in whole sentences`, () => {
  const [conflict] = openConflicts([{
    client_record_id: "c1", conflict_type: kind, message: "m", rack_id: "G-01", details: { holder: "Ann", serial_number: "SN1" },
    payload: { item_code: "85123A", verified_qty: 3, damage_qty: 4 },
  }], []);
  const { title, why, todo } = wordsFor(conflict);
  for (const text of [title, why, todo]) assert.ok(text.length > 5 && !text.includes("{") && !text.includes("undefined"), text);
});

test("what only this device knows stands beside what the server tells, once each", () => {
  const entry = (id, seq) => ({ id, seq, item_name: "Holder", record: { item_code: "A", rack_id: "G-01", verified_qty: 2 }, verdict: { kind: "invalid_record", message: "bad" } });
  const told = [{ client_record_id: "c1", conflict_type: "stale_update", message: "", rack_id: "G-01", details: { server: { verified_qty: 9 } }, payload: { item_code: "A", verified_qty: 2 } }];
  const open = openConflicts(told, [entry("c1", 1), entry("c2", 2)]);
  assert.deepEqual(open.map(({ record_id, kind, is_here }) => [record_id, kind, is_here]), [["c1", "stale_update", true], ["c2", "invalid_record", true]]);
  assert.equal(wordsFor(open[0]).sides, "Yours: 2 · On the server: 9");
});

const strokes = (text, gap) => [...text].map((key, i) => ({ key, at: i * gap }));

test("the scanner page says what is wrong with a scanner", () => {
  assert.equal(reportOf(strokes("85123A", 5), { key: "Enter", at: 30 }).verdict, "good");
  assert.equal(reportOf(strokes("85123A", 90), { key: "Enter", at: 540 }).verdict, "slow");
  assert.equal(reportOf(strokes("123", 5), { key: "Enter", at: 15 }).verdict, "short");
  assert.equal(reportOf(strokes("85123A", 5), null).verdict, "unended");
  assert.equal(reportOf(strokes("]C10109506000134352", 5), { key: "Tab", at: 95 }).code.gs1.gtin, "09506000134352");
});
