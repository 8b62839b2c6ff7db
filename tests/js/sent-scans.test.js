import assert from "node:assert/strict";
import test from "node:test";
import { negationOf, scanEvent } from "../../static/js/core/scan-events.js";
import { MOST_SENT, sentScans } from "../../static/js/core/sent-scans.js";

const total = (scans) => scans.reduce((sum, { qty }) => sum + qty, 0);

test("few scans travel one by one, with their way and their case", () => {
  const events = [scanEvent({ qty: 10, by: "scan", pack: 10 }, 1_000), scanEvent({ qty: 2, by: "step" }, 2_000)];
  assert.deepEqual(sentScans(events, 12), [
    { qty: 10, at: "1970-01-01T00:00:01.000Z", by: "scan", pack: 10 },
    { qty: 2, at: "1970-01-01T00:00:02.000Z", by: "step" },
  ]);
});

test("of many scans the oldest are added up by case, and the sum stays", () => {
  const events = Array.from({ length: 300 }, (_, i) => scanEvent({ qty: i % 3 ? 1 : 6, by: "scan", ...(i % 3 ? {} : { pack: 6 }) }, i));
  events.push(negationOf(events[0], 301));
  const sent = sentScans(events, 794);
  assert.ok(sent.length <= MOST_SENT);
  assert.equal(total(sent), 794);
  const sums = sent.filter(({ by }) => by === "sum");
  assert.deepEqual(sums.map(({ pack }) => pack), [6, undefined]);
  assert.equal(sent.at(-1).by, "undo");
});

test("an undo of a case takes the case's sum down", () => {
  const events = [scanEvent({ qty: 6, by: "scan", pack: 6 }, 1)];
  events.push(negationOf(events[0], 2));
  for (let i = 0; i < MOST_SENT; i += 1) events.push(scanEvent({ qty: 1, by: "scan" }, 3 + i));
  const [first] = sentScans(events, MOST_SENT);
  assert.deepEqual([first.pack, first.qty], [6, 0]);
});

test("scans of any number of cases stay few", () => {
  const events = Array.from({ length: 400 }, (_, i) => scanEvent({ qty: i + 2, by: "scan", pack: i + 2 }, i));
  const sent = sentScans(events, total(events));
  assert.ok(sent.length <= MOST_SENT);
  assert.equal(total(sent), total(events));
});

test("scans that do not add up to the quantity are not told", () => {
  assert.equal(sentScans([scanEvent({ qty: 1, by: "scan" })], 2), null);
  assert.equal(sentScans(undefined, 2), null);
  assert.equal(sentScans([scanEvent({ qty: 0.1, by: "typed" }), scanEvent({ qty: 0.2, by: "typed" })], 0.3).length, 2);
});
