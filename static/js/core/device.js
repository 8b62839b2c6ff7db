// @ts-check
/** This browser's name as a device: random, made once, kept; it is no secret. */

const KEY = "stockverify.device";

/** @param {Pick<Storage, "getItem" | "setItem">} storage */
export function deviceId(storage) {
  const kept = storage.getItem(KEY);
  if (kept) return kept;
  const made = `web-${crypto.randomUUID()}`;
  storage.setItem(KEY, made);
  return made;
}
