/** What the tests of static/js/core share: a store in memory, an outbox, records, a server that answers. */
import "fake-indexeddb/auto";
import { Ledger } from "../../static/js/core/ledger.js";
import { Outbox } from "../../static/js/core/outbox.js";
import { openStore } from "../../static/js/core/store.js";

let stores = 0;

/** An outbox of its own store. */
export async function anOutbox(test, { userId = "u1", db, now } = {}) {
  const store = db ?? (await openStore(`store-${(stores += 1)}`));
  const outbox = new Outbox(store, { userId, deviceId: "web-1", now });
  test.after(() => outbox.close());
  return { db: store, outbox, ledger: new Ledger(store, userId) };
}

export function aCount(fields = {}) {
  return {
    session_id: "s1",
    rack_id: "G-01",
    floor: "Ground",
    item_code: "85123A",
    verified_qty: 3,
    damage_qty: 0,
    serial_numbers: [],
    status: "finalized",
    ...fields,
  };
}

export const answer = (parts = {}) => ({ ok: [], conflicts: [], errors: [], ...parts });

/** The answer of a server that takes everything. */
export const allOk = ({ records }) =>
  answer({ ok: records.map((r) => r.client_record_id), revisions: Object.fromEntries(records.map((r) => [r.client_record_id, 1])) });

/** Locks as the browser's: one holder a name, the next in line when it lets go. */
export class Locks {
  lines = new Map();

  request(name, { signal }, act) {
    const before = this.lines.get(name) ?? Promise.resolve();
    const run = before.then(() => (signal.aborted ? undefined : act()));
    this.lines.set(name, run.catch(() => {}));
    return run;
  }
}

export async function until(holds, ms = 15_000) {
  const end = Date.now() + ms;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error("did not come true");
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
