import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { duration, speak, t, tn, tryText } from "../../static/js/core/texts.js";

const root = join(import.meta.dirname, "..", "..");
const texts = JSON.parse(readFileSync(join(root, "static/texts/en.json"), "utf8"));
speak(texts, "en");

function sources(folder) {
  return readdirSync(join(root, folder), { recursive: true })
    .filter((name) => /\.(js|html)$/.test(name))
    .map((name) => readFileSync(join(root, folder, name), "utf8"))
    .join("\n");
}

test("facts are filled in and unknown ones stay", () => {
  assert.equal(t("hud.pass", { n: 2 }), "Pass 2");
  assert.equal(t("hud.pass"), "Pass {n}");
});

test("numbers of things follow the language's plurals", () => {
  assert.equal(tn("status.queue.waiting", 1), "1 to send");
  assert.equal(tn("status.queue.waiting", 1200), "1,200 to send");
});

test("a made-up key has no text", () => {
  assert.equal(tryText("problem.never_heard_of"), undefined);
});

test("spans are told in the largest fitting unit", () => {
  assert.deepEqual([4, 90, 5400].map(duration), ["4\u202fs", "2 min", "1.5 h"]);
});

test("every text that code and templates name is there", () => {
  const all = sources("static/js") + sources("templates");
  const named = [...all.matchAll(/\bt\("([\w.:]+)"(?! ~)/g)].map(([, key]) => key);
  const plural = [...all.matchAll(/\btn\("([\w.]+)"/g)].flatMap(([, key]) => [`${key}.one`, `${key}.other`]);
  assert.ok(named.length > 80);
  assert.deepEqual([...named, ...plural].filter((key) => !(key in texts)), []);
});
