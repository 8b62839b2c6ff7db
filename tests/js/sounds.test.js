import assert from "node:assert/strict";
import test from "node:test";
import { Sounds } from "../../static/js/core/sounds.js";

function parts() {
  const kept = new Map();
  const storage = { getItem: (key) => kept.get(key) ?? null, setItem: (key, value) => kept.set(key, value) };
  const heard = [];
  const buzzed = [];
  const voice = () => ({ frequency: {}, connect() {}, start() { heard.push(this.frequency.value); }, stop() {} });
  const gain = { connect() {}, gain: { setValueAtTime() {}, setTargetAtTime() {} } };
  const open = () => ({ currentTime: 0, state: "running", destination: {}, createGain: () => gain, createOscillator: voice });
  return { storage, heard, buzzed, sounds: () => new Sounds(storage, open, (pattern) => buzzed.push(pattern)) };
}

test("good, warn and wrong differ for ears and hand", () => {
  const { sounds, heard, buzzed } = parts();
  const all = sounds();
  const told = ["good", "warn", "wrong"].map((tone) => {
    heard.length = 0;
    all.play(tone);
    return String(heard);
  });
  assert.equal(new Set(told).size, 3);
  assert.equal(new Set(buzzed.map(String)).size, 3);
});

test("switched off it stays off, and still vibrates", () => {
  const { sounds, heard, buzzed } = parts();
  sounds().switch(false);
  const later = sounds();
  later.play("wrong");
  assert.equal(later.isOn, false);
  assert.deepEqual(heard, []);
  assert.equal(buzzed.length, 1);
});

test("a device without sound goes on counting", () => {
  const { storage } = parts();
  const silent = new Sounds(storage, () => { throw new Error("no device"); }, () => {});
  assert.doesNotThrow(() => silent.play("good"));
});
