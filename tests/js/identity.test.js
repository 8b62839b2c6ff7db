import assert from "node:assert/strict";
import test from "node:test";
import "fake-indexeddb/auto";
import { Problem, Unreachable } from "../../static/js/core/api.js";
import { Identity, NotThem, SHIFT_MS } from "../../static/js/core/identity.js";
import { KeptAnswers } from "../../static/js/core/kept-answers.js";
import { openStore } from "../../static/js/core/store.js";

const asha = { user_id: "u1", username: "asha", name: "Asha", role: "counter", device_id: null };
const ben = { ...asha, user_id: "u2", username: "ben", name: "Ben" };

/** Locks as the browser's, shared and exclusive. */
class Doors {
  exclusive = Promise.resolve();
  shared = new Set();

  async request(_name, options, act = options) {
    if (options.mode === "shared") {
      const run = this.exclusive.then(act);
      this.shared.add(run);
      return run.finally(() => this.shared.delete(run));
    }
    const run = Promise.allSettled([this.exclusive, ...this.shared]).then(act);
    this.exclusive = run.catch(() => {});
    return run;
  }
}

let stores = 0;

async function anIdentity(t, answers = {}) {
  const db = await openStore(`identity-${(stores += 1)}`);
  const asked = [];
  const api = {
    get: async (path) => (asked.push(path), answers.me()),
    post: async (path) => (asked.push(path), answers.logout?.()),
    signIn: async () => answers.signIn(),
  };
  const clock = { now: 1_000 };
  const locks = new Doors();
  const identity = new Identity({ db, api, locks, now: () => clock.now });
  t.after(() => identity.close());
  return { db, identity, answers, asked, clock };
}

const gone = () => {
  throw new Unreachable();
};

test("whoever signed in goes on for a shift without being asked", async (t) => {
  const { identity, clock } = await anIdentity(t, { signIn: () => ({ user: asha }) });
  assert.equal(await identity.kept(), null);
  await identity.signIn({});
  clock.now += SHIFT_MS - 1;
  assert.equal((await identity.kept()).name, "Asha");
  clock.now += 1;
  assert.equal(await identity.kept(), null);
  assert.ok(await identity.hasLapsed());
});

test("the server's word begins a new shift", async (t) => {
  const { identity, clock } = await anIdentity(t, { signIn: () => ({ user: asha }), me: () => asha });
  await identity.signIn({});
  clock.now += SHIFT_MS + 5;
  await identity.prove();
  assert.equal((await identity.kept()).name, "Asha");
});

test("nothing is done in the name of somebody who is not signed in", async (t) => {
  const { identity } = await anIdentity(t, { signIn: () => ({ user: ben }) });
  await assert.rejects(identity.as("u1", async () => "sent"), NotThem);
  await identity.signIn({});
  await assert.rejects(identity.as("u1", async () => "sent"), NotThem);
  assert.equal(await identity.as("u2", async () => "sent"), "sent");
});

test("nobody can sign in while something is sent in another's name", async (t) => {
  const { identity, answers } = await anIdentity(t, { signIn: () => ({ user: asha }) });
  await identity.signIn({});
  const order = [];
  let answer = () => {};
  const sending = identity.as("u1", () => new Promise((resolve) => (answer = resolve)).then(() => order.push("sent")));
  await new Promise((resolve) => setTimeout(resolve, 10));
  answers.signIn = () => (order.push("signed in"), { user: ben });
  const signing = identity.signIn({});
  await new Promise((resolve) => setTimeout(resolve, 10));
  answer();
  await Promise.all([sending, signing]);
  assert.deepEqual(order, ["sent", "signed in"]);
});

test("a sign-in whose answer was lost is asked about before anything is sent", async (t) => {
  const { identity, answers } = await anIdentity(t, { signIn: () => ({ user: asha }) });
  await identity.signIn({});
  Object.assign(answers, { signIn: gone, me: () => ben });
  await assert.rejects(identity.signIn({}), Unreachable);
  await assert.rejects(identity.as("u1", async () => "sent"), NotThem);
  assert.equal((await identity.kept()).name, "Ben");
});

test("a wrong password changes nothing for who was here", async (t) => {
  const { identity, answers, asked } = await anIdentity(t, { signIn: () => ({ user: asha }) });
  await identity.signIn({});
  answers.signIn = () => {
    throw new Problem(401, { code: "wrong_credentials" }, null);
  };
  await assert.rejects(identity.signIn({}), Problem);
  assert.equal(await identity.as("u1", async () => "sent"), "sent");
  assert.deepEqual(asked, []);
});

test("who leaves without a network is gone here at once and from the server later", async (t) => {
  const { identity, answers, asked } = await anIdentity(t, { signIn: () => ({ user: asha }), logout: gone });
  await identity.signIn({});
  await identity.signOut();
  assert.equal(await identity.kept(), null);
  assert.ok(await identity.isLeaving());
  answers.logout = () => ({});
  await identity.finishLeaving();
  assert.ok(!(await identity.isLeaving()));
  assert.deepEqual(asked, ["/api/auth/logout", "/api/auth/logout"]);
});

test("the last answer stands in for a network that is gone, for the same person only", async (t) => {
  const { db } = await anIdentity(t);
  let answer = async () => ({ floors: ["Ground"] });
  const api = { get: () => answer() };
  const kept = new KeptAnswers(db, api, "u1");
  await kept.get("/api/racks/floors");
  answer = async () => gone();
  assert.deepEqual(await kept.get("/api/racks/floors"), { floors: ["Ground"] });
  await assert.rejects(new KeptAnswers(db, api, "u2").get("/api/racks/floors"), Unreachable);
  answer = async () => {
    throw new Problem(403, { code: "not_allowed" }, null);
  };
  await assert.rejects(kept.get("/api/racks/floors"), Problem);
});
