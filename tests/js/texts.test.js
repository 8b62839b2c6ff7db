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

const languages = readdirSync(join(root, "static/texts")).filter((name) => name !== "en.json");
const placeholders = (text) => [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).sort();

test("there is more than one language", () => assert.ok(languages.length >= 1));

for (const file of languages) {
  const other = JSON.parse(readFileSync(join(root, "static/texts", file), "utf8"));

  test(`${file} has every text, and no other`, () => {
    assert.deepEqual(Object.keys(other).sort(), Object.keys(texts).sort());
    assert.deepEqual(Object.entries(other).filter(([, text]) => !text.trim()), []);
  });

  test(`${file} fills in the same facts`, () => {
    // The form for one may name the number or not: in Hindi it serves for none as well.
    const facts = (key, text) => placeholders(text).filter((name) => !(key.endsWith(".one") && name === "n"));
    const wrong = Object.keys(texts).filter((key) => String(facts(key, texts[key])) !== String(facts(key, other[key])));
    assert.deepEqual(wrong, []);
  });

  test(`${file} leaves no sentence in English`, () => {
    const same = Object.keys(texts).filter((key) => texts[key] === other[key] && /[a-z]{3,} [a-z]{3,}/i.test(texts[key]));
    assert.deepEqual(same, []);
  });
}

test("no style names a side: every screen can be written from the right", () => {
  const sides = /(?:^|[\s;{:-])(?:left|right)(?=\s*[:;}!]|-(?:radius|width|color))|(?:margin|padding|border|inset)-(?:left|right)|text-align:\s*(?:left|right)|float:\s*(?:left|right)|translateX/;
  const found = readdirSync(join(root, "static/css"), { recursive: true })
    .filter((name) => name.endsWith(".css"))
    .flatMap((name) => readFileSync(join(root, "static/css", name), "utf8").split("\n").map((line, i) => [`${name}:${i + 1}`, line]))
    .filter(([, line]) => sides.test(line))
    .map(([place]) => place);
  assert.deepEqual(found, []);
});

test("no style sets four different sides at once, which would not turn round", () => {
  const flat = (/** @type {string} */ line) => {
    const inner = line.replace(/\([^()]*\)/g, "f");
    return inner === line ? line : flat(inner);
  };
  const four = /(?:margin|padding|inset|border-radius|border-width):\s*([^\s;]+) ([^\s;]+) ([^\s;]+) ([^\s;]+);/;
  const found = readdirSync(join(root, "static/css"), { recursive: true })
    .filter((name) => name.endsWith(".css"))
    .flatMap((name) => readFileSync(join(root, "static/css", name), "utf8").split("\n").map((line, i) => [`${name}:${i + 1}`, four.exec(flat(line))]))
    .filter(([, sides]) => sides && sides[2] !== sides[4])
    .map(([place]) => place);
  assert.deepEqual(found, []);
});
