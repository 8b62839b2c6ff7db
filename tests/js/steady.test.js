import assert from "node:assert/strict";
import test from "node:test";

import { Steady } from "../../static/js/core/steady.js";

const sums = (records, pieces) => ({ records, pieces });

test("no sum falls between an acknowledgement and the progress that has it", () => {
  const steady = new Steady(1_000);
  assert.deepEqual(steady.after(sums(5, 50), 2, 0), sums(5, 50));
  assert.deepEqual(steady.after(sums(3, 30), 0, 10), sums(5, 50));
  assert.deepEqual(steady.after(sums(6, 60), 1, 200), sums(6, 60));
});

test("what was parked leaves the sums a moment later", () => {
  const steady = new Steady(1_000);
  steady.after(sums(5, 50), 1, 0);
  assert.deepEqual(steady.after(sums(4, 40), 0, 10), sums(5, 50));
  assert.deepEqual(steady.after(sums(4, 40), 0, 1_011), sums(4, 40));
});

test("what the counter takes back falls at once", () => {
  const steady = new Steady(1_000);
  steady.after(sums(5, 50), 1, 0);
  assert.deepEqual(steady.after(sums(4, 40), 1, 10), sums(4, 40));
});
