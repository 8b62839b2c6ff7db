import assert from "node:assert/strict";
import test from "node:test";
import { csvOf, readSheet, recordsOf } from "../../static/js/core/sheet-file.js";

const sheet = {
  sheet_id: "S-1", rack_id: "G-01", floor: "Ground", pass: 2, lines: [
    { item_code: "A1", item_name: 'A "ONE", LARGE' },
    { item_code: "-B2", item_name: "=SUM(1)" },
    { item_code: "C3", item_name: "C" },
  ],
};
const filledIn = (values) => csvOf(sheet).split("\r\n").map((row, i) => row.replace(/,,$/, `,${values[i] ?? ","}`)).join("\r\n");

test("a filled sheet is read back, and an empty field is not counted", () => {
  const read = readSheet(filledIn(["", "10,1", "0,", ""]), "S-1");
  assert.deepEqual(read.filled, [
    { item_code: "A1", counted: 10, damaged: 1 },
    { item_code: "-B2", counted: 0, damaged: 0 },
  ]);
  assert.deepEqual([read.empty, read.bad], [1, []]);
});

test("no cell of the file is a formula", () => {
  assert.match(csvOf(sheet), /,'-B2,'=SUM\(1\),/);
});

test("a file that a spreadsheet wrote with semicolons and comma numbers is read too", () => {
  const read = readSheet("item_code;counted;damaged\nA1;1,5;\n", "S-1");
  assert.deepEqual(read.filled, [{ item_code: "A1", counted: 1.5, damaged: 0 }]);
});

test("what cannot be is named with its line", () => {
  const text = "sheet,item_code,counted,damaged\nS-1,A1,ten,\nS-1,B2,1,2\nS-0,C3,1,\nS-1,,4,\nS-1,D4,1,\nS-1,D4,2,\n";
  assert.deepEqual(readSheet(text, "S-1").bad.map(({ line, why }) => [line, why]), [[2, "number"], [3, "damaged"], [4, "other"], [5, "code"], [7, "twice"]]);
});

test("a file without the columns says so", () => {
  assert.equal(readSheet("a,b\n1,2\n", "S-1").hasColumns, false);
});

test("the records of a sheet have the same ids however often it is entered", () => {
  const filled = [{ item_code: "A1", counted: 3, damaged: 0 }];
  const where = { sessionId: "s", deviceId: "d", now: new Date(0) };
  const [first] = recordsOf(sheet, filled, where);
  const [second] = recordsOf(sheet, filled, { ...where, now: new Date(9) });
  assert.equal(first.client_record_id, "S-1-A1");
  assert.equal(first.client_record_id, second.client_record_id);
});
