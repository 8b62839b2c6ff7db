import assert from "node:assert/strict";
import test from "node:test";
import { elementsOf, hasCheckDigit, pieceInside, spellingsOf } from "../../static/js/core/gs1.js";
import { readCode } from "../../static/js/core/scan-code.js";

const GS = "\x1d";
const parts = ({ all: _all, ...told }) => told;
const FULL = { gtin: "09506000134352", lot: "ABC123", serial: "SN-77", expiry: "2027-12-31" };

for (const [form, text] of Object.entries({
  "GS1-128 with FNC1": `]C10109506000134352` + `10ABC123${GS}21SN-77${GS}17271231`,
  "DataMatrix with FNC1": `]d2010950600013435210ABC123${GS}1727123121SN-77`,
  "brackets": "(01)09506000134352(10)ABC123(17)271231(21)SN-77",
  "a leading FNC1 and no prefix": `${GS}010950600013435210ABC123${GS}1727123121SN-77`,
  "no prefix at all": `010950600013435210ABC123${GS}1727123121SN-77`,
  "FNC1 spelt out by the scanner": "]C1010950600013435210ABC123<GS>1727123121SN-77",
})) test(`an element string is split: ${form}`, () => assert.deepEqual(parts(elementsOf(text)), FULL));

test("a day 00 of expiry is the last of its month", () => {
  assert.equal(elementsOf("(01)09506000134352(17)280200").expiry, "2028-02-29");
});

test("a made date and a count are read", () => {
  assert.deepEqual(parts(elementsOf(`]C10209506000134352` + `1125010137` + "24")), { gtin: "09506000134352", made: "2025-01-01", count: 24 });
});

for (const code of ["85123A", "2014541667767", "01234", "0112345678901234", "POST", "22423", "https://id.gs1.org/01/1"]) {
  test(`an ordinary code is not cut up: ${code}`, () => {
    assert.equal(elementsOf(code), null);
    assert.equal(readCode(code).code, code);
  });
}

test("what breaks the standard is taken as it stands", () => {
  assert.equal(elementsOf("]C10109506000134352" + "310"), null);
  assert.equal(readCode("]C1" + "zzz").code, "zzz");
});

test("symbology prefixes are no part of the code", () => {
  assert.equal(readCode("]E02014541667767").code, "2014541667767");
  assert.equal(readCode("]E02014541667767").symbology, "E0");
  assert.equal(readCode("]A085123A").code, "85123A");
});

test("a number of 14 digits finds what the catalogue keeps with 13, and the other way round", () => {
  assert.deepEqual(readCode("(01)09506000134352").candidates, ["9506000134352", "09506000134352"]);
  assert.deepEqual(spellingsOf("9506000134352"), ["9506000134352", "09506000134352"]);
  assert.deepEqual(spellingsOf("036000291452"), ["036000291452", "0036000291452", "00036000291452"]);
});

test("a wrong check digit has one spelling only", () => {
  assert.equal(hasCheckDigit("9506000134353"), false);
  assert.deepEqual(spellingsOf("9506000134353"), ["9506000134353"]);
});

test("a case tells the piece inside it", () => {
  assert.equal(pieceInside("19506000134359"), "9506000134352");
  assert.equal(pieceInside("09506000134352"), null);
  assert.equal(pieceInside("99506000134355"), null);
  assert.deepEqual(readCode("(01)19506000134359").inside, ["9506000134352", "09506000134352"]);
});

test("control characters never reach a code", () => {
  assert.equal(readCode(`\x0285123A${GS}\r`).code, "85123A");
});
