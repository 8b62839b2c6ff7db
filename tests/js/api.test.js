import assert from "node:assert/strict";
import test from "node:test";
import { Api, Problem, Unreachable } from "../../static/js/core/api.js";

const json = (status, body, headers = {}) => new Response(JSON.stringify(body), { status, headers });

function anApi(answers) {
  const cookies = { csrf_access_token: "a1", csrf_refresh_token: "r1" };
  const asked = [];
  let out = 0;
  const api = new Api({
    cookie: (name) => cookies[name],
    fetch: async (path, request) => {
      asked.push([request.method, path, request.headers["X-CSRF-TOKEN"]]);
      const answer = answers.shift();
      if (answer instanceof Error) throw answer;
      return typeof answer === "function" ? answer(cookies) : answer;
    },
    onSignedOut: () => (out += 1),
  });
  return { api, asked, cookies, signedOut: () => out };
}

test("only requests that change something carry the token", async () => {
  const { api, asked } = anApi([json(200, {}), json(200, {})]);
  await api.get("/api/racks");
  await api.post("/api/racks/G-01/claim");
  assert.deepEqual(asked.map(([, , token]) => token), [undefined, "a1"]);
});

test("an old token is refreshed once and the request goes on", async () => {
  const refreshed = (cookies) => {
    cookies.csrf_access_token = "a2";
    return json(200, {});
  };
  const { api, asked } = anApi([json(401, {}), refreshed, json(200, { name: "Asha" })]);
  assert.equal((await api.get("/api/auth/me")).name, "Asha");
  assert.deepEqual(asked[1], ["POST", "/api/auth/refresh", "r1"]);
});

test("a refused refresh signs out", async () => {
  const { api, signedOut } = anApi([json(401, {}), json(401, {})]);
  await assert.rejects(api.get("/api/auth/me"), Problem);
  assert.equal(signedOut(), 1);
});

test("a network cut during the refresh signs nobody out", async () => {
  const { api, signedOut } = anApi([json(401, {}), new TypeError("network")]);
  await assert.rejects(api.get("/api/auth/me"), Unreachable);
  assert.equal(signedOut(), 0);
});

test("a problem carries its code, facts and wait", async () => {
  const facts = { code: "rack_locked", detail: "Asha is counting.", holder: { name: "Asha" } };
  const { api } = anApi([json(409, facts, { "Retry-After": "4" })]);
  await assert.rejects(api.post("/api/racks/G-01/claim"), (error) => {
    assert.deepEqual([error.code, error.facts.holder.name, error.retryAfter], ["rack_locked", "Asha", 4]);
    return true;
  });
});
