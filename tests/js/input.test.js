import assert from "node:assert/strict";
import test from "node:test";
import { multiplierOf, quantityOf, stepped } from "../../static/js/core/quantity.js";
import { Repeats } from "../../static/js/core/repeats.js";
import { Wedge } from "../../static/js/core/wedge.js";

function typed(text, gap) {
  const wedge = new Wedge();
  let at = 0;
  for (const char of text) wedge.type(char, (at += gap));
  return wedge.enter(at + gap);
}

test("a scanner's burst is a code wherever it lands", () => {
  assert.equal(typed("2014541667767", 8), "2014541667767");
});

test("a person's typing is no scan", () => {
  assert.equal(typed("85123A", 120), null);
});

test("a few quick keys are no scan", () => {
  assert.equal(typed("12", 10), null);
});

test("a burst after slow typing is only the burst", () => {
  const wedge = new Wedge();
  wedge.type("9", 0);
  for (const [i, char] of [..."85123A"].entries()) wedge.type(char, 500 + i * 5);
  assert.equal(wedge.enter(535), "85123A");
});

test("a busy phone's hole in a burst does not cut the code in two", () => {
  const wedge = new Wedge();
  for (const [i, char] of [..."85123A"].entries()) wedge.type(char, i * 5 + (i > 1 ? 180 : 0));
  assert.equal(wedge.enter(215), "85123A");
});

test("a long stall after a scanner's head does not cut the code in two", () => {
  const wedge = new Wedge();
  for (const [i, char] of [..."2014541667767"].entries()) wedge.type(char, i * 5 + (i > 6 ? 1_200 : 0));
  assert.equal(wedge.enter(1_265), "2014541667767");
});

test("an Enter that comes late still ends a scanner's code", () => {
  const wedge = new Wedge();
  for (const [i, char] of [..."85123A"].entries()) wedge.type(char, i * 5);
  assert.equal(wedge.enter(900), "85123A");
});

test("a number typed before the trigger is no part of the code", () => {
  const wedge = new Wedge();
  wedge.type("5", 0);
  for (const [i, char] of [..."85123A"].entries()) wedge.type(char, 300 + i * 5);
  assert.equal(wedge.enter(335), "85123A");
});

test("quick pairs of a good typist are no scan", () => {
  const wedge = new Wedge();
  [0, 40, 170, 200, 330, 370].forEach((at, i) => wedge.type("lamp12"[i], at));
  assert.equal(wedge.enter(480), null);
});

test("ten scans a second are ten codes", () => {
  const wedge = new Wedge();
  const codes = [];
  for (let n = 0; n < 10; n += 1) {
    const start = n * 100;
    [...`CODE${n}`].forEach((char, i) => wedge.type(char, start + i * 4));
    codes.push(wedge.enter(start + 20));
  }
  assert.deepEqual(codes, Array.from({ length: 10 }, (_, n) => `CODE${n}`));
});

test("quantities are read as people write them", () => {
  assert.equal(quantityOf(" 12 "), 12);
  assert.equal(quantityOf("2,5"), 2.5);
  for (const bad of ["", "-1", "1e5", "NaN", "Infinity", "1.2345", "12 3", "0x10"]) assert.equal(quantityOf(bad), null, bad);
});

test("steps stay at zero or above and do not drift", () => {
  assert.equal(stepped(0, -1), 0);
  assert.equal(stepped(0.1, 0.2), 0.3);
});

test("a short number before a scan says how many it stands for", () => {
  assert.deepEqual(["5", "12 x", "2,5", "3×"].map(multiplierOf), [5, 12, 2.5, 3]);
  for (const not of ["", "0", "22423", "5 boxes", "x", "-3"]) assert.equal(multiplierOf(not), null, not);
});

test("a label in the camera's sight is one scan until it was gone for a while", () => {
  const repeats = new Repeats();
  assert.deepEqual([0, 400, 1_600, 3_000].map((at) => repeats.isNew("A", at)), [true, false, false, false]);
  assert.equal(repeats.isNew("A", 4_600), true);
  assert.equal(repeats.isNew("B", 4_650), true);
  assert.equal(repeats.isNew("A", 4_700), true);
});
