// @ts-check
/** What is typed into the form of a schedule becomes what the server wants. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { addressesIn, clockOf, wishOf } from "../../static/js/core/schedule-wish.js";

const QUERY = { collection: "erp_items" };
const TYPED = { name: " Stock ", every: "day", time: "07:05", zone: "Asia/Kolkata", copies: "30", days: "", mail: "", format: "xlsx", webhook: "  " };

test("an empty field is no bound and no receiver", () => {
  assert.deepEqual(wishOf(TYPED, QUERY), {
    name: "Stock",
    query: QUERY,
    rhythm: { every: "day", hour: 7, minute: 5, weekday: 0, zone: "Asia/Kolkata" },
    keeping: { copies: 30, days: null },
    receivers: { mail: [], format: "xlsx", webhook: null },
  });
});

test("a weekday makes it weekly", () => {
  const { rhythm } = wishOf({ ...TYPED, every: "4", time: "18:30" }, QUERY);
  assert.deepEqual([rhythm.every, rhythm.weekday, clockOf(/** @type {any} */ (rhythm))], ["week", 4, "18:30"]);
});

test("addresses are parted by commas, semicolons and spaces", () => {
  assert.deepEqual(addressesIn(" a@b.example,c@d.example; e@f.example\n"), ["a@b.example", "c@d.example", "e@f.example"]);
});
