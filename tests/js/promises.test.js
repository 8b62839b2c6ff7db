// @ts-check
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { standingOf, wordsOfPromise } from "../../static/js/core/promise-words.js";
import { speak } from "../../static/js/core/texts.js";

speak(JSON.parse(readFileSync(new URL("../../static/texts/en.json", import.meta.url), "utf8")), "en");

const promise = (key, figures, standing = "kept") => ({ number: 1, key, standing, figures, tests: [] });
const words = (key, figures) => wordsOfPromise(promise(key, figures));

test("the one number that matters stands first", () => {
  assert.equal(words("stored", { records: 12_345, checked: 2, missing: 0 }).main, "12,345");
  assert.equal(words("expiry", { ended: 3, worst_s: 0.614, overdue: 0 }).main, "0.61 s");
  assert.match(words("expiry", { ended: 3, worst_s: 0.6, overdue: 0 }).label, /3 leases/);
});

test("nothing is told as nothing, not as zero of something", () => {
  assert.equal(words("expiry", { ended: 0, worst_s: 0, overdue: 0 }).main, "–");
  assert.equal(words("backup", { at: null }).main, "–");
  assert.equal(words("events", { missed: null, since: null }).main, "–");
  assert.match(words("late", { open: 0, oldest_s: null }).sub, /settled/);
});

test("what waits on devices says for how long", () => {
  const { main, sub } = words("unsent", { waiting: 7, devices: 2, oldest_s: 180 });
  assert.equal(main, "7");
  assert.match(sub, /On 2 devices, the oldest for 3 min/);
});

test("a promise of a newer server is shown without figures", () => {
  assert.deepEqual(words("unheard of", {}), { main: "–", label: "", sub: "" });
});

test("the worst standing is told for all", () => {
  const of = (...standings) => standingOf(standings.map((each) => promise("late", {}, each)));
  assert.deepEqual(of("kept", "kept"), { standing: "kept", kept: 2 });
  assert.deepEqual(of("kept", "unknown"), { standing: "kept", kept: 1 });
  assert.deepEqual(of("kept", "watch"), { standing: "watch", kept: 1 });
  assert.deepEqual(of("watch", "broken"), { standing: "broken", kept: 0 });
});
