import assert from "node:assert/strict";
import test from "node:test";
import { Problem } from "../../static/js/core/api.js";
import { Photos } from "../../static/js/core/photos.js";
import { fitted } from "../../static/js/core/shrink.js";
import { aCount, anOutbox, Locks, until } from "./support.js";

const PICTURE = { bytes: new Uint8Array([1, 2, 3]).buffer, type: "image/webp" };

async function somePhotos(t, upload) {
  const { db, outbox } = await anOutbox(t);
  const entry = await outbox.add(aCount(), "Holder");
  const photos = new Photos({ db, outbox, api: { upload }, locks: new Locks() });
  const named = async () => (await db.get("outbox", entry.id)).record.evidence_photos ?? [];
  return { db, outbox, entry, photos, named };
}

test("a picture is sent, and its count then names it as a new version", async (t) => {
  const { photos, entry, named, db } = await somePhotos(t, async (path, form) => {
    assert.equal(path, "/api/evidence");
    assert.equal((await form.get("photo").arrayBuffer()).byteLength, 3);
    return { evidence_id: "e1" };
  });
  await photos.add(entry.id, PICTURE);
  await until(async () => (await named()).length === 1);
  assert.deepEqual(await named(), ["e1"]);
  assert.equal((await db.get("outbox", entry.id)).version, 2);
  assert.equal(await photos.waiting(), 0);
});

test("without a network the picture waits, and goes with the next call", async (t) => {
  let isUp = false;
  const { photos, entry, named } = await somePhotos(t, async () => {
    if (!isUp) throw new Error("unreachable");
    return { evidence_id: "e1" };
  });
  await photos.add(entry.id, PICTURE);
  await photos.send();
  assert.equal(await photos.waiting(), 1);
  isUp = true;
  await photos.send();
  assert.deepEqual(await named(), ["e1"]);
});

test("a picture that the server refuses does not stop those after it", async (t) => {
  const { photos, entry, named } = await somePhotos(t, async (_path, form) => {
    if ((await form.get("photo").arrayBuffer()).byteLength > 3) throw new Problem(413, { code: "too_large" }, null);
    return { evidence_id: "e2" };
  });
  await photos.add(entry.id, { bytes: new ArrayBuffer(9), type: "image/webp" });
  await photos.add(entry.id, PICTURE);
  await until(async () => (await named()).length === 1);
  const [refused] = (await photos.of(entry.id)).filter(({ problem }) => problem);
  assert.equal(refused.problem, "too_large");
});

test("a picture that is taken back leaves its count too", async (t) => {
  const { photos, entry, named } = await somePhotos(t, async () => ({ evidence_id: "e1" }));
  const { id } = await photos.add(entry.id, PICTURE);
  await until(async () => (await named()).length === 1);
  await photos.remove(id);
  assert.deepEqual(await named(), []);
  assert.deepEqual(await photos.of(entry.id), []);
});

test("pictures keep their shape within 1600 pixels", () => {
  assert.deepEqual(fitted(4000, 3000), [1600, 1200]);
  assert.deepEqual(fitted(3000, 4000), [1200, 1600]);
  assert.deepEqual(fitted(640, 480), [640, 480]);
  assert.deepEqual(fitted(9000, 2), [1600, 1]);
});
