import assert from "node:assert/strict";
import test from "node:test";
import { lastStanding, negationOf, scanEvent, standing, sumOf, termsOf, traceOf } from "../../static/js/core/scan-events.js";

const scan = (qty = 1, more = {}) => scanEvent({ qty, by: "scan", ...more });
const told = (events) => termsOf(events).map(({ times, of }) => (times === 1 ? `${of}` : `${times}×${of}`)).join(" + ");

test("a quantity is the sum of its scans", () => {
  assert.equal(sumOf([scan(), scan(5), scan(0.1), scan(0.2)]), 6.3);
});

test("an undo is one more event and takes back the last that holds", () => {
  const events = [scan(10), scan()];
  events.push(negationOf(lastStanding(events)));
  assert.equal(sumOf(events), 10);
  events.push(negationOf(lastStanding(events)));
  assert.equal(sumOf(events), 0);
  assert.equal(events.length, 4);
  assert.equal(lastStanding(events), undefined);
});

test("after any mix of scans and undos the sum is what still stands", () => {
  let seed = 7;
  const random = () => (seed = (seed * 16807) % 2147483647) / 2147483647;
  const events = [];
  for (let n = 0; n < 500; n += 1) {
    const last = lastStanding(events);
    events.push(random() < 0.4 && last ? negationOf(last) : scan(1 + Math.floor(random() * 9)));
    assert.equal(sumOf(events), standing(events).reduce((sum, { qty }) => sum + qty, 0));
  }
});

test("the way to a quantity can be told", () => {
  assert.equal(told([scan(10, { by: "typed" }), scan(), scan()]), "10 + 2");
  assert.equal(told([scan(10, { pack: 10 }), scan(10, { pack: 10 }), scan()]), "2×10 + 1");
  assert.equal(told([scan(), scan(), scan()]), "");
  assert.equal(told([scan(20, { pack: 10 })]), "2×10");
  assert.equal(told([scan(12), scan(-3, { by: "typed" })]), "12 + -3");
});

test("lots and expiries are kept once each", () => {
  assert.deepEqual(traceOf([scan(1, { lot: "A", expiry: "2027-01-31" }), scan(1, { lot: "A" }), scan(1, { lot: "B" })]), {
    lots: ["A", "B"],
    expiries: ["2027-01-31"],
  });
});
