"""Every route and every role, with the real ids of somebody else's things: nobody gets at them."""

from __future__ import annotations

import pytest

from app.api.openapi import MEDIA_TYPE
from app.auth.permissions import PUBLIC, ROLES
from tests.support.builders import a_record_json
from tests.support.lived_in import OWNERS
from tests.support.routes import routes_of
from tests.support.whose import NOBODYS, OPEN, OWNED, THE_CALLERS, THE_WAREHOUSES

NOBODY = "nobody"
EVERYBODY = [NOBODY, *OWNERS]
TRACES = {"sign_ins", "claim_turns", "error_logs"}
"""Collections in which a refusal may leave a trace of its own."""

NOT_YET = {"GET /api/stocktakes/<stocktake_id>/custody": (409, "not_sealed")}
"""What who may look hears of what is not there yet: the stocktake is open."""
AT_THE_END = {
    "POST /api/jobs/<job_id>/cancel": (409, "job_ended"),
    "POST /api/sessions/<session_id>/complete": (409, "lease_lost"),
    "POST /api/racks/<rack_id>/release": (403, "not_holder"),
}
"""What an owner hears of what is over: Ben has the rack by then."""


@pytest.fixture(scope="module")
def routes(home):
    return routes_of(home.app)


@pytest.fixture(scope="module")
def ask(home):
    """`ask(route, name)`: the answer that this person gets for the real ids of all things; with
    `ids`, for those instead.
    """
    client = home.app.test_client(use_cookies=False)

    def asked(route, name, ids=()):
        rule = OWNED.get(str(route))
        body = rule.body if rule else "{}" if route.takes_json else None
        headers = home.people[name]._headers if name in home.people else {}
        return client.open(
            home.path_of(route, **dict(ids)), method=route.method, headers=headers, data=body,
            content_type="application/json" if body else None, buffered=True,
        )  # fmt: skip

    return asked


def role_of(name):
    return OWNERS.get(name)


def has_the_role(route, name):
    return role_of(name) in ROLES[route.action]


def refused_by_owner(route, name):
    """Whether the thing is another's whom this person may not look over the shoulder."""
    rule = OWNED.get(str(route))
    if rule is None or name == rule.owner:
        return False
    return rule.seen_with is None or role_of(name) not in ROLES[rule.seen_with]


def fingerprint(home):
    collections = home.warehouse.db.command("dbHash")["collections"]
    return {name: mark for name, mark in collections.items() if name not in TRACES}


def wrong(answers):
    """A report of the answers that are not the expected ones; empty where all are."""
    return "\n".join(
        f"{name} {route}: {answer.status_code} {answer.text[:120]}, not {status} {code}"
        for route, name, answer, status, code in answers
        if (answer.status_code, code_of(answer)) != (status, code)
    )


def code_of(answer):
    return answer.json["code"] if answer.mimetype == MEDIA_TYPE else None


# ── the table is whole ───────────────────────────────────────────────────────────────────────────


def test_every_route_has_exactly_one_rule(routes):
    tables = [set(OWNED), THE_CALLERS, THE_WAREHOUSES, NOBODYS, OPEN]
    known = [rule for table in tables for rule in table]
    assert len(known) == len(set(known))
    assert {str(route) for route in routes} == set(known), "tests/support/whose.py lacks a route"


def test_what_the_rules_say_of_a_path_is_true_of_it(routes):
    by_name = {str(route): route for route in routes}
    assert all("<" in rule for rule in {*OWNED, *THE_WAREHOUSES})
    assert not [rule for rule in NOBODYS if "<" in rule]
    assert {str(route) for route in routes if route.action in PUBLIC} == OPEN
    assert {by_name[rule].rule.count("<") for rule in OWNED} == {1}


# ── refusals ─────────────────────────────────────────────────────────────────────────────────────


def test_who_is_not_signed_in_gets_nothing_and_learns_nothing(ask, routes):
    answers = [
        (route, NOBODY, ask(route, NOBODY), 401, "not_signed_in")
        for route in routes
        if route.action not in PUBLIC
    ]
    assert len(answers) > 90
    assert not wrong(answers)


@pytest.mark.parametrize("name", OWNERS)
def test_a_role_that_may_not_is_refused_whatever_exists(ask, home, routes, name):
    before = fingerprint(home)
    answers = [
        (route, name, ask(route, name), 403, "not_allowed")
        for route in routes
        if route.action not in PUBLIC and not has_the_role(route, name)
    ]
    assert not wrong(answers)
    assert fingerprint(home) == before


@pytest.mark.parametrize("name", OWNERS)
def test_anothers_things_are_refused_and_stay_as_they_are(ask, home, routes, name):
    before = fingerprint(home)
    answers = [
        (route, name, ask(route, name), OWNED[str(route)].status, OWNED[str(route)].others)
        for route in routes
        if str(route) in OWNED and has_the_role(route, name) and refused_by_owner(route, name)
    ]
    assert answers or name == "ann"
    assert not wrong(answers)
    assert fingerprint(home) == before


def test_a_refusal_is_the_same_for_anothers_thing_and_for_none(ask, home, routes):
    """Only where the id is a secret: sessions and racks stand on the map for everybody."""
    hidden = [r for r in routes if str(r) in OWNED and OWNED[str(r)].status == 404]
    assert len(hidden) == 5
    for route in hidden:
        name = "sam" if OWNED[str(route)].owner == "sue" else "ben"
        told = [
            {
                k: v
                for k, v in ask(route, name, ids).json.items()
                if k not in {"request_id", *home.ids}
            }
            for ids in ({}, dict.fromkeys(home.ids, "0" * 32))
        ]
        assert told[0] == told[1], route


# ── grants ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", OWNERS)
def test_who_may_look_sees_it(ask, routes, name):
    seen = [
        (route, name, ask(route, name), *NOT_YET.get(str(route), (200, None)))
        for route in routes
        if route.method == "GET" and route.action not in PUBLIC
        and has_the_role(route, name) and not refused_by_owner(route, name)
    ]  # fmt: skip
    assert len(seen) > 10
    assert not wrong(seen)


@pytest.mark.parametrize(
    ("path", "key", "thing", "seen_by"),
    [
        ("/api/sessions/active", "session_id", "session_id", {"ada", "sue", "sam", "ann", "max"}),
        ("/api/sessions/user/history", "session_id", "session_id", {"ada"}),
        ("/api/sync/conflicts", "conflict_id", "conflict_id", {"ada", "sue", "sam", "ann", "max"}),
        ("/api/racks/user/active", "rack_id", "rack_id", {"ada"}),
        ("/api/jobs", "job_id", "job_id", {"sue", "ann", "max"}),
    ],
)  # fmt: skip
def test_a_list_shows_to_each_what_is_theirs(home, path, key, thing, seen_by):
    see = {}
    for name, phone in home.people.items():
        answer = phone.get(path, **({"user": "u-ada"} if "conflicts" in path else {}))
        if answer.status_code == 200:
            (found,) = [rows for rows in answer.json.values() if isinstance(rows, list)]
            see[name] = {row[key] for row in found}
    assert {name for name, seen in see.items() if home.ids[thing] in seen} == seen_by


def test_another_counters_progress_is_on_no_map_of_a_counter(home):
    for path in ("/api/racks", "/api/racks/G-01/status", "/api/racks/available"):
        for name in ("ben", "handheld"):
            answer = home.people[name].get(path).json
            racks = [rack for rack in answer.get("racks", [answer]) if rack["rack_id"] == "G-01"]
            assert all(rack["progress"] is rack["open_conflicts"] is None for rack in racks)


def test_figures_of_conflicts_are_of_ones_own(home):
    totals = {
        name: sum(phone.get("/api/sync/conflicts/stats").json["by_status"].values())
        for name, phone in home.people.items()
    }
    assert totals == {"ada": 1, "ben": 0, "handheld": 0, "sue": 1, "sam": 1, "ann": 1, "max": 1}


@pytest.mark.parametrize("name", ["ben", "handheld", "sue", "ann"])
def test_a_batch_for_anothers_session_changes_nothing(home, name):
    before = fingerprint(home)
    record = a_record_json(home.ids["session_id"])
    (error,) = home.people[name].sync(record)["errors"]
    assert error["error_type"] == "not_your_session"
    assert fingerprint(home) == before


@pytest.mark.parametrize("name", ["ben", "handheld", "sue", "ann"])
def test_a_heartbeat_keeps_no_lease_of_anothers(home, name):
    answer = home.people[name].post(
        "/api/sync/heartbeat", {"session_id": home.ids["session_id"], "rack_id": "G-01"}
    )
    assert (answer.status_code, answer.json["code"]) == (403, "not_your_session")


def test_an_owner_may_do_all_of_it(ask, home, routes):
    """The last test: it ends with things that are over."""
    by_name = {str(route): route for route in routes}
    answers = [
        (
            by_name[rule],
            own.owner,
            ask(by_name[rule], own.owner),
            *AT_THE_END.get(rule, (200, None)),
        )
        for rule, own in OWNED.items()
    ]
    assert not wrong(answers)
