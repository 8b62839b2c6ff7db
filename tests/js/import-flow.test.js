import assert from "node:assert/strict";
import test from "node:test";
import { Problem, Unreachable } from "../../static/js/core/api.js";
import { ImportFlow } from "../../static/js/core/import-flow.js";

const told = (state, done = 0) => ({ import_id: "i1", state, done, total: 2, counts: {}, columns: [] });

/** A server that answers these in turn; the last one for ever. */
function aServer(...answers) {
  const asked = [];
  const next = async (method, path, body) => {
    asked.push([method, path, body]);
    const answer = answers.length > 1 ? answers.shift() : answers[0];
    if (answer instanceof Error) throw answer;
    return answer;
  };
  const api = {};
  for (const method of ["get", "post", "patch", "upload"]) api[method] = (...given) => next(method, ...given);
  return { api, asked };
}

function aFlow(...answers) {
  const { api, asked } = aServer(...answers);
  const flow = new ImportFlow(api, async () => {});
  const states = [];
  const errors = [];
  flow.addEventListener("change", () => states.push(flow.isSending ? "sending" : flow.current?.state));
  flow.addEventListener("error", (event) => errors.push(event.detail.error));
  return { flow, asked, states, errors };
}

test("a file is followed until its preview", async () => {
  const { flow, states, asked } = aFlow(told("reading"), told("reading", 1), told("preview"));
  await flow.upload(new File(["a"], "a.csv"), "2025-12-11T10:00:00Z");
  assert.deepEqual(states, ["sending", "reading", "reading", "preview"]);
  assert.equal(asked[0][2].get("stock_at"), "2025-12-11T10:00:00Z");
  assert.equal(flow.isAtWork, false);
});

test("a commit is followed until it is done", async () => {
  const { flow, asked } = aFlow(told("preview"), told("running"), told("running", 1), told("done", 2));
  await flow.open("i1");
  await flow.commit();
  assert.equal(flow.current.state, "done");
  assert.deepEqual(asked.map(([method]) => method), ["get", "post", "get", "get"]);
});

test("a network that goes for a moment ends nothing", async () => {
  const { flow, errors } = aFlow(told("running"), new Unreachable(), told("done"));
  await flow.open("i1");
  assert.equal(flow.current.state, "done");
  assert.deepEqual(errors, []);
});

test("what the server refuses is told, and the import stays as it was", async () => {
  const refusal = new Problem(409, { code: "import_busy" }, null);
  const { flow, errors } = aFlow(told("preview"), refusal);
  await flow.open("i1");
  await flow.commit();
  assert.deepEqual(errors, [refusal]);
  assert.equal(flow.current.state, "preview");
});

test("an upload that is refused leaves nothing at work", async () => {
  const { flow, errors } = aFlow(new Problem(413, { code: "too_large" }, null));
  await flow.upload(new File(["a"], "a.csv"), "");
  assert.equal(errors.length, 1);
  assert.equal(flow.isAtWork, false);
});

test("whoever leaves for another file hears no more of the first", async () => {
  let go = () => {};
  const { api } = aServer(told("running"));
  const flow = new ImportFlow(api, () => new Promise((resolve) => (go = resolve)));
  const following = flow.open("i1");
  await new Promise((soon) => setTimeout(soon));
  flow.leave();
  go();
  await following;
  assert.equal(flow.current, null);
});

test("rows are asked for by kind and from where the last page ended", async () => {
  const { flow, asked } = aFlow(told("preview"), { rows: [], next_cursor: null });
  await flow.open("i1");
  await flow.rows("faulty", "a=b");
  assert.equal(asked[1][1], "/api/items/import/i1/rows?kind=faulty&limit=50&cursor=a%3Db");
});

test("what is stopped ends the asking, and goes on the way it went", async () => {
  const { flow, asked } = aFlow(told("running"), { ...told("stopped"), undone_by_name: null }, told("done"));
  await flow.open("i1").then(() => flow.goOn());
  assert.equal(flow.current.state, "done");
  assert.deepEqual(asked.map(([, path]) => path.split("/").at(-1)), ["i1", "i1", "commit"]);
});

test("an undo that was stopped goes on as an undo", async () => {
  const { flow, asked } = aFlow(told("undoing"), { ...told("stopped"), undone_by_name: "Sue" }, told("undone"));
  await flow.open("i1").then(() => flow.goOn());
  assert.deepEqual(asked.map(([, path]) => path.split("/").at(-1)), ["i1", "i1", "undo"]);
});

test("a worker is told to stop, and what it did is shown", async () => {
  const { flow, asked } = aFlow(told("preview"), { ...told("stopped", 1), error: { detail: "" } });
  await flow.open("i1");
  await flow.stop();
  assert.deepEqual(asked.at(-1).slice(0, 2), ["post", "/api/items/import/i1/stop"]);
  assert.deepEqual([flow.current.state, flow.isAtWork], ["stopped", false]);
});
