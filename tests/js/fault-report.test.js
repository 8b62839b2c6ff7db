import assert from "node:assert/strict";
import test from "node:test";
import { Problem, Unreachable } from "../../static/js/core/api.js";
import { FaultReport } from "../../static/js/core/fault-report.js";

function reporting(send = async () => {}) {
  const sent = [];
  const report = new FaultReport((one) => {
    sent.push(one);
    return send(one);
  }, "/count");
  return { report, sent };
}

test("an error is told with its kind, its text and the screen", () => {
  const { report, sent } = reporting();
  report.tell(new TypeError("x is undefined"));
  assert.deepEqual(sent, [{ error_type: "TypeError", message: "x is undefined", screen: "/count", place: "" }]);
});

test("the module that failed is named and nothing else of the stack", () => {
  const { report, sent } = reporting();
  const error = Object.assign(new Error("boom"), { stack: "Error: boom\n at f (https://a/static/js/core/sync.js:12:3)\n at g" });
  report.tell(error);
  assert.equal(sent[0].place, "js/core/sync.js:12");
});

test("refusals, cut lines and what is no error are not told", () => {
  const { report, sent } = reporting();
  const aborted = Object.assign(new Error("stop"), { name: "AbortError" });
  for (const error of [new Problem(409, {}, null), new Unreachable(), aborted, "text", null]) report.tell(error);
  assert.deepEqual(sent, []);
});

test("a page tells each error once and five at most", () => {
  const { report, sent } = reporting();
  const same = new Error("again");
  for (let n = 0; n < 9; n += 1) report.tell(same);
  for (let n = 0; n < 9; n += 1) report.tell(new Error(`boom ${n}`));
  assert.equal(sent.length, 5);
});

test("a report that cannot be sent is no error of its own", async () => {
  const { report } = reporting(() => Promise.reject(new Unreachable()));
  report.tell(new Error("boom"));
  await new Promise((go) => setTimeout(go, 5));
});
