"""Bad input over HTTP, at every address of the API: told as a problem, and nothing is changed."""

from __future__ import annotations

import json
import uuid
from base64 import urlsafe_b64encode

import pytest
from redis import Redis

from app import MAX_BODY_BYTES, create_app
from app.api import problems
from app.api.openapi import MEDIA_TYPE
from app.auth.identity import Role
from app.auth.permissions import PUBLIC, ROLES
from app.clock import SystemClock
from app.errors import DomainError
from tests.support.app import bearer, make_settings, make_warehouse, signed_in
from tests.support.builders import plan_racks
from tests.support.routes import routes_of
from tests.support.servers import fresh_database

DEEP = 100_000
NOT_JSON = [
    b"{", b"}", b"'{}'", b'{"a":}', b"{'a': 1}", b"\xff\xfe\x00", b"\x00", b"undefined",
    b'{"a":1}{', b'"' + b"\\ud800", b"[" * DEEP, b'{"a":' * DEEP, b"[" * DEEP + b"]" * DEEP,
    b"9" * 5000, b'{"a":' * 100 + b"1" + b"}" * 100,
]  # fmt: skip
NO_OBJECT = [b"[]", b"[1, 2]", b'"text"', b"5", b"null", b"true", b"NaN", b'[{"a": 1}]']
STRANGE_KEYS = [
    {"$where": "1"}, {"$set": {"role": "admin"}}, {"a.b": 1}, {"": 1}, {"\x00": 1},
    {"__proto__": {}}, {"__class__": 1}, {"x" * 10_000: 1}, {"$ne": None, "$gt": ""},
]  # fmt: skip
OTHER_TYPES = [
    "text/plain",
    "application/xml",
    "application/x-www-form-urlencoded",
    "text/html",
    "",
]
ODD_NAMES = [
    "%00", "a%00b", "%0d%0aSet-Cookie:x", "x" * 3000, "%F0%9F%98%80", "%ff%fe", "..%2f..%2fetc",
    '{"$ne":null}', "$where", "a.b", "%20", "%7f", "'", '"', "<script>", "%E2%80%AE", "*", "\u0130",
]  # fmt: skip
ODD_VALUES = [
    "", "abc", "-1", "0", "1e9", "1.5", "99999999999999999999", "\x00", "a\x00b", "[]", "{}",
    "null", '{"$gt":""}', "$where", "\ud800", "x" * 5000, "2025-99-99", "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59.999999+14:00", "٣", "NaN", "true", "\u202e",
]  # fmt: skip
NOT_A_FAULT = range(200, 500)


def cursor(key):
    return urlsafe_b64encode(json.dumps(key).encode()).decode().rstrip("=")


FORGED_CURSORS = [
    cursor(key)
    for key in (
        {"$gt": ""}, [{"$gt": ""}], ["a", {"$ne": 1}], [2**70, "x"], [-1, "x"], [None], [[]], [1.5],
        [True], ["x"] * 50, "x", 5, None, [], ["\x00", 1], [1, [2]],
    )
] + ["nonsense", "====", "%", "\u00e9", "a" * 5000]  # fmt: skip


@pytest.fixture(scope="module")
def shop(servers):
    """An application whose database stays as it is: no test of this module may change it."""
    with fresh_database(servers.mongo_uri) as database, Redis.from_url(servers.redis_url) as redis:
        redis.flushall()
        unlimited = {"rate_limit_per_minute": 1_000_000}
        settings = make_settings(servers.mongo_uri, servers.redis_url, database.name, **unlimited)
        warehouse = make_warehouse(settings, SystemClock())
        plan_racks(warehouse, "G-01", "F-01")
        yield create_app(warehouse, settings)
        warehouse.close()


@pytest.fixture(scope="module")
def client(shop):
    return shop.test_client(use_cookies=False)


@pytest.fixture(scope="module")
def headers(client):
    """The bearer header of each role."""
    return {role: signed_in(client, role.value) for role in Role}


@pytest.fixture(scope="module")
def routes(shop):
    return routes_of(shop)


@pytest.fixture(scope="module")
def allowed(headers):
    """`allowed(route)`: the headers of somebody who may use it."""
    return lambda route: headers[_first_allowed(route)] if route.action not in PUBLIC else {}


@pytest.fixture(autouse=True)
def nothing_changes(shop):
    """The whole database is the same after each test of this module."""
    before = fingerprint(shop)
    yield
    assert fingerprint(shop) == before


def fingerprint(shop):
    collections = shop.extensions["warehouse"].db.command("dbHash")["collections"]
    return {
        name: mark for name, mark in collections.items() if name not in {"sign_ins", "claim_turns"}
    }


def _first_allowed(route):
    return min(ROLES[route.action], key=list(Role).index)


def json_routes(routes):
    return [route for route in routes if route.takes_json]


def is_problem(answer):
    """A 4xx that names what is wrong, in the form of RFC 9457."""
    assert 400 <= answer.status_code < 500, (
        answer.status_code,
        answer.get_data(as_text=True)[:300],
    )
    assert answer.mimetype == MEDIA_TYPE
    body = answer.json
    assert {"type", "title", "status", "detail", "code", "request_id"} <= body.keys()
    assert body["status"] == answer.status_code
    assert body["code"] in KNOWN_CODES
    assert answer.headers["X-Request-ID"] == body["request_id"]
    return body


def is_no_fault(answer):
    assert answer.status_code in NOT_A_FAULT, answer.get_data(as_text=True)[:300]
    if answer.status_code >= 400:
        is_problem(answer)


def _subclasses(of):
    return {of} | {deep for each in of.__subclasses__() for deep in _subclasses(each)}


KNOWN_CODES = {error.code for error in _subclasses(DomainError)} | {
    *problems.HTTP_CODES.values(),
    "bad_request",
}


# ── the body ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("body", NOT_JSON, ids=lambda body: repr(body[:12]))
def test_a_body_that_is_no_json_is_refused_everywhere(client, routes, allowed, body):
    for route in json_routes(routes):
        answer = client.open(
            route.path, method=route.method, data=body, headers=allowed(route),
            content_type="application/json",
        )  # fmt: skip
        assert is_problem(answer)["code"] == "malformed_json", route


@pytest.mark.parametrize("body", NO_OBJECT, ids=repr)
def test_a_body_that_is_no_object_is_refused_everywhere(client, routes, allowed, body):
    for route in json_routes(routes):
        answer = client.open(
            route.path, method=route.method, data=body, headers=allowed(route),
            content_type="application/json",
        )  # fmt: skip
        assert is_problem(answer)["code"] == "invalid_request", route


@pytest.mark.parametrize("content_type", OTHER_TYPES)
def test_a_body_of_another_type_is_refused_everywhere(client, routes, allowed, content_type):
    for route in json_routes(routes):
        answer = client.open(
            route.path, method=route.method, data=b"{}", headers=allowed(route),
            content_type=content_type,
        )  # fmt: skip
        assert is_problem(answer)["code"] == "unsupported_media_type", route
        assert answer.status_code == 415


def test_a_body_that_is_too_large_is_refused_everywhere(client, routes, allowed):
    body = b'{"a":"' + b"x" * (3 * 1024 * 1024) + b'"}'
    for route in json_routes(routes):
        answer = client.open(
            route.path, method=route.method, data=body, headers=allowed(route),
            content_type="application/json",
        )  # fmt: skip
        assert (answer.status_code, is_problem(answer)["code"]) == (413, "too_large"), route


def test_a_body_just_within_the_limit_is_read(client, headers):
    body = b'{"records":["' + b"x" * (MAX_BODY_BYTES - 20) + b'"]}'
    answer = client.post(
        "/api/sync/batch", data=body, headers=headers[Role.COUNTER], content_type="application/json"
    )
    assert answer.status_code == 200
    assert answer.json["errors"][0]["error_type"] == "invalid_record"


@pytest.mark.parametrize("keys", STRANGE_KEYS, ids=lambda keys: next(iter(keys))[:10])
def test_a_key_that_nobody_knows_is_named_and_refused(client, routes, allowed, keys):
    for route in json_routes(routes):
        answer = client.open(route.path, method=route.method, json=keys, headers=allowed(route))
        body = is_problem(answer)
        assert body["code"] == "invalid_request", route
        assert next(iter(keys)) in body["errors"], route


def test_a_field_of_every_wrong_type_is_no_fault(client, routes, allowed, shop):
    documented = shop.test_client().get("/api/openapi.json").json
    schemas = documented["components"]["schemas"]
    wrong = [
        None,
        True,
        -1,
        2**70,
        1e308,
        "",
        "\x00",
        "x" * 10_000,
        [],
        {},
        {"$ne": None},
        [{"$gt": ""}],
    ]
    tried = 0
    for route in json_routes(routes):
        for name in _body_fields(documented, schemas, route):
            for value in wrong:
                answer = client.open(
                    route.path, method=route.method, json={name: value}, headers=allowed(route)
                )
                is_no_fault(answer)
                tried += 1
    assert tried > 300


def _body_fields(documented, schemas, route):
    path = route.rule.replace("<path:", "<").replace("<", "{").replace(">", "}")
    content = documented["paths"][path][route.method.lower()]["requestBody"]["content"]
    name = content["application/json"]["schema"]["$ref"].rpartition("/")[2]
    return schemas[name]["properties"]


# ── query, path, method ──────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("value", ODD_VALUES, ids=lambda value: ascii(value[:20]))
def test_an_odd_query_value_is_no_fault(client, routes, allowed, value):
    for route in routes:
        for name in route.query:
            query = {name: value.encode("utf-8", "surrogatepass")}
            is_no_fault(client.open(
                route.path, method=route.method, query_string=query, headers=allowed(route)
            ))  # fmt: skip


@pytest.mark.parametrize(
    "limit", ["abc", "-1", "0", "1.5", "99999999999999999999", "", "\x00", "[]"]
)
def test_a_wrong_limit_is_refused_by_name(client, routes, allowed, limit):
    for route in routes:
        if "limit" in route.query:
            answer = client.get(route.path, query_string={"limit": limit}, headers=allowed(route))
            assert "limit" in is_problem(answer)["errors"], route


@pytest.mark.parametrize("forged", FORGED_CURSORS, ids=lambda forged: ascii(forged[:20]))
def test_a_forged_cursor_never_reaches_the_database(client, routes, allowed, forged):
    for route in routes:
        if "cursor" in route.query:
            answer = client.get(route.path, query_string={"cursor": forged}, headers=allowed(route))
            assert "cursor" in is_problem(answer)["errors"], route


@pytest.mark.parametrize(
    "query", ["floor[$ne]=x", "floor=a&floor=b", "status[]=open", "a=1&b=2", "%"]
)
def test_a_query_with_operators_asks_for_nothing_more(client, headers, query):
    for path in ("/api/racks", "/api/sync/conflicts", "/api/items"):
        is_no_fault(client.get(f"{path}?{query}", headers=headers[Role.ADMIN]))


@pytest.mark.parametrize("name", ODD_NAMES, ids=lambda name: ascii(name[:20]))
def test_an_odd_name_in_the_path_is_not_found(client, routes, allowed, name):
    for route in routes:
        if "<" in route.rule:
            path = route.path.replace("unknown-one", name)
            answer = client.open(
                path, method=route.method, headers=allowed(route), json=_whole(route)
            )
            is_problem(answer)
            assert answer.status_code in {400, 403, 404, 405, 415}, (route, answer.json)


def _whole(route):
    """A body that fits, so that the path is what is wrong."""
    if not route.takes_json:
        return None
    bodies = {
        "force-release": {"reason": "A test."},
        "recount": {"reason": "A test."},
        "offer": {"username": "counter"},
        "resolve": {"resolution": "accept_server", "note": "A test."},
        "<user_id>": {"name": "A test"},
    }
    return bodies.get(route.rule.rpartition("/")[2], {})


@pytest.mark.parametrize(
    "path",
    ["/api", "/api/", "/api/nothing", "/api/racks/", "/api/racks/a/b/c", "/nothing", "/.git/config",
     "/wsgi.py", "/api/../etc/passwd", "/static/../config.py", "/static/%2e%2e/config.py"],
)  # fmt: skip
def test_an_unknown_address_is_told_as_a_problem(client, path):
    answer = client.get(path)
    assert (answer.status_code, is_problem(answer)["code"]) == (404, "not_found")


def test_an_unknown_method_is_told_as_a_problem(client, routes):
    taken = {}
    for route in routes:
        taken.setdefault(route.path, set()).add(route.method)
    for path, methods in taken.items():
        for method in {"GET", "POST", "PUT", "PATCH", "DELETE", "BREW"} - methods:
            answer = client.open(path, method=method)
            if answer.status_code == 401:  # the address is also another route's
                continue
            assert (answer.status_code, is_problem(answer)["code"]) == (405, "method_not_allowed")
            assert methods <= set(answer.headers["Allow"].replace(",", "").split())


# ── who may ──────────────────────────────────────────────────────────────────────────────────────


def test_without_a_token_every_route_says_401_before_all_else(client, routes):
    for route in routes:
        if route.action in PUBLIC:
            continue
        for token in ({}, bearer("no.token.at-all"), {"Authorization": "Basic eDp5"}):
            answer = client.open(route.path, method=route.method, data=b"{", headers=token)
            assert (answer.status_code, is_problem(answer)["code"]) == (401, "not_signed_in"), route


@pytest.mark.parametrize("role", Role)
def test_a_role_too_low_is_refused_before_the_body_is_read(client, routes, headers, role):
    for route in routes:
        if route.action in PUBLIC or route.endpoint == "auth.logout":  # whoever may, is out by it
            continue
        answer = client.open(
            route.path, method=route.method, data=b"{", headers=headers[role],
            content_type="application/json",
        )  # fmt: skip
        if role in ROLES[route.action]:
            assert answer.json is None or answer.json.get("code") != "not_allowed", route
        else:
            assert (answer.status_code, is_problem(answer)["code"]) == (403, "not_allowed"), route


def test_a_refusal_does_not_tell_what_exists(client, headers):
    for path in ("/api/users/u-admin", "/api/users/u-nobody"):
        answer = client.patch(path, json={"name": "X"}, headers=headers[Role.COUNTER])
        told = {k: v for k, v in answer.json.items() if k != "request_id"}
        assert told["code"] == "not_allowed"
        assert "u-" not in json.dumps(told)


# ── the request's id ─────────────────────────────────────────────────────────────────────────────


def test_a_request_id_is_echoed(client):
    answer = client.get("/api/nothing", headers={"X-Request-ID": "scanner-7.42_x"})
    assert answer.headers["X-Request-ID"] == answer.json["request_id"] == "scanner-7.42_x"


@pytest.mark.parametrize("asked", ["", "a b", "x" * 65, "a\tb", '"', "<b>", "a;b", "\u00e9"])
def test_a_request_id_that_could_forge_a_log_line_is_replaced(client, asked):
    answer = client.get("/api/nothing", headers={"X-Request-ID": asked})
    assert uuid.UUID(answer.headers["X-Request-ID"])
