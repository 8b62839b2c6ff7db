import assert from "node:assert/strict";
import test from "node:test";
import { doublesOf, rangeOf, serialsOf } from "../../static/js/core/serials.js";

test("serials are read from lines, commas and pasted columns", () => {
  assert.deepEqual(serialsOf("SN1\n SN2 ,SN3;\tSN4\r\n").serials, ["SN1", "SN2", "SN3", "SN4"]);
});

test("a range is written out with its zeros", () => {
  const all = rangeOf("SN001-SN020");
  assert.equal(all.length, 20);
  assert.deepEqual([all[0], all[8], all[19]], ["SN001", "SN009", "SN020"]);
});

for (const [text, n] of [["A-1..A-3", 3], ["AB9 – AB9", null], ["007 - 010", 4], ["100..102", 3], ["SN08 to SN11", 4]]) {
  test(`range: ${text}`, () => assert.equal(rangeOf(text)?.length ?? null, n));
}

for (const serial of ["2024-2031", "AB-12", "SN5-SN2", "SN1-XX9", "SN1-SN200000", "A1-A10", "12-34-56", "X"]) {
  test(`no range: ${serial}`, () => assert.equal(rangeOf(serial), null));
}

test("doubles are named once, ranges included", () => {
  assert.deepEqual(serialsOf("SN1\nSN1\nSN1").doubles, ["SN1"]);
  assert.deepEqual(serialsOf("SN01-SN03, SN02").doubles, ["SN02"]);
  assert.deepEqual(doublesOf(["a", "b"]), []);
});

test("a serial that no server takes is named", () => {
  assert.equal(serialsOf("x".repeat(65)).tooLong.length, 1);
});
