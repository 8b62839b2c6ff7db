"""Sessions and records are their counter's: others neither change them nor learn of them."""

from __future__ import annotations

from functools import partial

import pytest

from tests.support.builders import a_record_json
from tests.support.phones import only_error, stored
from tests.support.together import at_once

LATER = "2025-12-11T12:05:00Z"


def test_a_count_in_anothers_session_is_an_error(ada, bob, session_id, warehouse):
    record = a_record_json(session_id)
    error = only_error(bob.sync(record))
    assert error["error_type"] == "not_your_session"
    assert error["details"] == {}
    assert stored(warehouse, record["client_record_id"]) is None


@pytest.mark.parametrize("role", ["supervisor", "admin", "device"])
def test_no_role_may_count_in_anothers_session(phone, session_id, role):
    error = only_error(phone(role).sync(a_record_json(session_id)))
    assert error["error_type"] == "not_your_session"


def test_a_sync_never_keeps_anothers_lease_alive(ada, bob, session_id, warehouse, clock):
    before = warehouse.db.rack_registry.find_one({"rack_id": "G-01"})
    clock.move(30)
    bob.sync(a_record_json(session_id))
    assert warehouse.db.rack_registry.find_one({"rack_id": "G-01"}) == before


@pytest.mark.parametrize(
    "changes",
    [
        {"verified_qty": 99, "updated_at": LATER},
        {"verified_qty": 99, "base_rev": 1},
        {"verified_qty": 1, "damage_qty": 2},
        {"verified_qty": 99, "rack_id": "G-03"},
        {"serial_numbers": ["SN1"], "updated_at": LATER},
        {},
    ],
)
def test_an_id_of_anothers_record_overwrites_nothing_and_tells_nothing(
    ada, bob, session_id, warehouse, changes
):
    theirs = ada.count(session_id, serial_numbers=["SN1"], condition_details="secret")
    before = stored(warehouse, theirs["client_record_id"])
    own_session = bob.claim("G-02")
    error = only_error(bob.sync({**theirs, "session_id": own_session, **changes}))
    assert error["error_type"] == "invalid_record"
    assert set(error["details"]) == {"client_record_id"}
    assert "secret" not in str(error)
    assert "ada" not in str(error).lower().replace(theirs["client_record_id"], "")
    assert stored(warehouse, theirs["client_record_id"]) == before
    assert warehouse.db.sync_conflicts.count_documents({}) == 0


def test_of_two_counters_with_one_id_at_once_one_has_it(ada, bob, session_id, warehouse):
    mine = a_record_json(session_id, client_record_id="c1")
    theirs = a_record_json(bob.claim("G-02"), client_record_id="c1", verified_qty=99)
    answers = at_once(partial(ada.sync, mine), partial(bob.sync, theirs))
    assert sorted(len(answer["ok"]) for answer in answers) == [0, 1]
    loser = next(answer for answer in answers if not answer["ok"])
    assert only_error(loser)["error_type"] == "invalid_record"
    kept = stored(warehouse, "c1")
    assert kept["history"] == []
    assert kept["username"] == ("ada" if answers[0]["ok"] else "bob")


def test_a_settled_conflict_never_writes_over_anothers_record(
    phone, ada, bob, session_id, warehouse
):
    parked = a_record_json(bob.claim("G-02"), client_record_id="c1", verified_qty=1, damage_qty=2)
    (conflict,) = bob.sync(parked)["conflicts"]
    ada.count(session_id, client_record_id="c1")
    before = stored(warehouse, "c1")
    path = f"/api/sync/conflicts/{conflict['conflict_id']}"
    body = {"resolution": "accept_client", "note": "Seen."}
    answer = phone("supervisor").post(f"{path}/resolve", body)
    assert answer.status_code == 400
    assert set(answer.json["errors"]) == {"resolution"}
    assert stored(warehouse, "c1") == before
    assert bob.get(path).json["status"] == "open"


# Looking at sessions


def test_a_counter_sees_their_own_open_sessions_only(ada, bob, session_id):
    theirs = bob.claim("G-02")
    shown = [s["session_id"] for s in bob.get("/api/sessions/active").json["sessions"]]
    assert shown == [theirs]


@pytest.mark.parametrize("role", ["supervisor", "auditor", "admin"])
def test_who_sees_all_counts_sees_all_open_sessions(phone, ada, bob, session_id, role):
    theirs = bob.claim("G-02")
    shown = {s["session_id"] for s in phone(role).get("/api/sessions/active").json["sessions"]}
    assert shown == {session_id, theirs}


def test_a_session_that_ended_is_no_longer_active(ada, session_id):
    ada.finish(session_id)
    assert ada.get("/api/sessions/active").json["sessions"] == []


@pytest.mark.parametrize("page", ["", "/stats"])
def test_a_session_is_shown_to_its_counter_and_who_sees_all(phone, ada, bob, session_id, page):
    path = f"/api/sessions/{session_id}{page}"
    shown = ada.get(path).json
    assert shown["session_id"] == session_id
    for role in ("supervisor", "auditor", "admin"):
        assert phone(role).get(path).json == shown
    for stranger in (bob, phone("device")):
        refused = stranger.get(path)
        assert refused.status_code == 403
        assert refused.json["code"] == "not_your_session"


@pytest.mark.parametrize("page", ["", "/stats"])
def test_a_session_that_is_none_is_not_found(ada, page):
    answer = ada.get(f"/api/sessions/nowhere{page}")
    assert (answer.status_code, answer.json["code"]) == (404, "unknown_session")


def test_a_session_is_shown_with_rack_lease_and_progress(ada, session_id, clock):
    ada.count(session_id, verified_qty=2.5)
    shown = ada.get(f"/api/sessions/{session_id}").json
    assert shown["rack_id"] == "G-01"
    assert (shown["fence"], shown["pass"], shown["status"]) == (1, 1, "active")
    assert (shown["user_id"], shown["username"]) == (ada.user_id, "ada")
    assert shown["progress"] == {"records": 1, "items": 1, "pieces": 2.5, "expected": 0}
    assert shown["completed_at"] is None


def test_the_stats_of_a_session_are_of_its_records(ada, session_id, clock):
    ada.count(session_id, item_code="A", verified_qty=3, damage_qty=1)
    clock.move(1800)
    ada.count(session_id, item_code="B", verified_qty=2)
    ada.sync(a_record_json(session_id, verified_qty=0, damage_qty=1))
    stats = ada.get(f"/api/sessions/{session_id}/stats").json
    last = stats.pop("last_record_at")
    assert stats == {
        "session_id": session_id,
        "records": 2,
        "items": 2,
        "pieces": 5.0,
        "damaged": 1.0,
        "expected": 0,
        "uncounted": 0,
        "open_conflicts": 1,
        "duration_s": 1800.0,
        "pace_per_hour": 4.0,
    }
    assert last.endswith("Z")


def test_the_history_shows_ones_own_sessions_newest_first(ada, bob, session_id, clock):
    bob.claim("G-02")
    clock.move(5)
    second = ada.claim("G-03")
    shown = ada.get("/api/sessions/user/history").json["sessions"]
    assert [s["session_id"] for s in shown] == [second, session_id]
    before = ada.get("/api/sessions/user/history", before=shown[0]["started_at"]).json["sessions"]
    assert [s["session_id"] for s in before] == [session_id]
    first = ada.get("/api/sessions/user/history", limit=1).json["sessions"]
    assert [s["session_id"] for s in first] == [second]


@pytest.mark.parametrize("query", [{"limit": 0}, {"limit": 201}, {"before": "soon"}])
def test_a_history_query_that_does_not_fit_is_refused(ada, query):
    answer = ada.get("/api/sessions/user/history", **query)
    assert answer.status_code == 400
    assert set(answer.json["errors"]) == set(query)


@pytest.mark.parametrize("path", ["/active", "/user/history", "/s1", "/s1/stats"])
def test_without_a_sign_in_no_session_is_shown(app, path):
    assert app.test_client().get(f"/api/sessions{path}").status_code == 401
