"""Finishing a rack: not counted is not zero, so a person says what it is."""

from __future__ import annotations

import pytest

from tests.support.builders import a_record_json
from tests.support.catalogue import a_row
from tests.support.phones import stored

EXPECTED = ("A1", "B2", "C3", "D4")


@pytest.fixture
def ada(phone, warehouse):
    ada = phone("ada")
    rows = [a_row(code, item_name=f"ITEM {code}", rack="G-01") for code in EXPECTED]
    warehouse.imports.load_items([*rows, a_row("E5", rack="G-02")])
    return ada


@pytest.fixture
def session_id(ada):
    """Ada's session at G-01, where A1 to D4 are expected; A1 is counted, and so is X9."""
    session_id = ada.claim("G-01")
    ada.count(session_id, item_code="A1")
    ada.count(session_id, item_code="X9")
    return session_id


def lines(answer):
    assert answer.status_code == 200, answer.text
    return [(line["item_code"], line["decision"]) for line in answer.json["uncounted"]]


def rack(warehouse):
    return warehouse.db.rack_registry.find_one({"rack_id": "G-01"})


def test_a_preview_lists_uncounted_items_and_changes_nothing(ada, session_id, warehouse):
    before = rack(warehouse)
    answer = ada.finish(session_id, preview=True)
    assert lines(answer) == [("B2", "open"), ("C3", "open"), ("D4", "open")]
    assert answer.json["uncounted"][0]["item_name"] == "ITEM B2"
    assert (answer.json["status"], answer.json["rack_id"]) == ("active", "G-01")
    assert rack(warehouse) == before
    assert warehouse.db.verification_records.count_documents({}) == 2


def test_a_finish_without_decisions_leaves_every_item_open(ada, session_id, warehouse):
    answer = ada.finish(session_id)
    assert lines(answer) == [("B2", "open"), ("C3", "open"), ("D4", "open")]
    assert answer.json["status"] == "completed"
    assert rack(warehouse)["status"] == "completed"
    assert warehouse.db.verification_records.count_documents({"item_code": "B2"}) == 0


def test_each_item_gets_the_decision_that_a_person_took(ada, session_id, warehouse):
    decisions = [
        {"item_code": "B2", "decision": "zero"},
        {"item_code": "C3", "decision": "recount"},
    ]
    answer = ada.finish(session_id, uncounted=decisions)
    assert lines(answer) == [("B2", "zero"), ("C3", "recount"), ("D4", "open")]
    session = warehouse.db.verification_sessions.find_one({"session_id": session_id})
    kept = [(u["item_code"], u["decision"]) for u in session["uncounted"]]
    assert kept == [("B2", "zero"), ("C3", "recount"), ("D4", "open")]


def test_a_zero_is_a_count_of_who_said_it(ada, session_id, warehouse):
    ada.finish(session_id, uncounted=[{"item_code": "B2", "decision": "zero"}])
    (zero,) = warehouse.db.verification_records.find({"item_code": "B2"})
    assert (zero["verified_qty"], zero["status"]) == (0, "finalized")
    assert (zero["username"], zero["fence"], zero["pass"]) == ("ada", 1, 1)
    assert zero["item_known"] is True
    stats = ada.get(f"/api/sessions/{session_id}/stats").json
    assert (stats["expected"], stats["uncounted"], stats["records"]) == (4, 2, 3)


def test_one_decision_may_hold_for_all_others(ada, session_id, warehouse):
    answer = ada.finish(
        session_id,
        uncounted=[{"item_code": "C3", "decision": "open"}],
        uncounted_all="zero",
    )
    assert lines(answer) == [("B2", "zero"), ("C3", "open"), ("D4", "zero")]
    assert warehouse.db.verification_records.count_documents({"verified_qty": 0}) == 2


def test_a_decision_on_a_counted_item_changes_nothing(ada, session_id, warehouse):
    answer = ada.finish(session_id, uncounted=[{"item_code": "A1", "decision": "zero"}])
    assert "A1" not in dict(lines(answer))
    (kept,) = warehouse.db.verification_records.find({"item_code": "A1"})
    assert kept["verified_qty"] == 10


def test_a_partial_count_is_a_count(ada, session_id):
    ada.count(session_id, item_code="B2", verified_qty=0, status="partial")
    assert lines(ada.finish(session_id, preview=True)) == [("C3", "open"), ("D4", "open")]


def test_a_parked_count_is_no_count(ada, session_id):
    ada.sync(a_record_json(session_id, item_code="B2", verified_qty=1, damage_qty=2))
    assert ("B2", "open") in lines(ada.finish(session_id, preview=True))


@pytest.mark.parametrize("others", ["open", "zero", "recount"])
def test_a_retry_after_a_lost_answer_answers_the_same(ada, session_id, warehouse, others):
    decisions = [{"item_code": "B2", "decision": "zero"}]
    first = ada.finish(session_id, uncounted=decisions, uncounted_all=others)
    records = list(warehouse.db.verification_records.find())
    again = ada.finish(session_id, uncounted=decisions, uncounted_all=others)
    assert again.json == first.json
    assert list(warehouse.db.verification_records.find()) == records


def test_a_retry_after_the_rack_went_on_answers_the_same(ada, bob, session_id, warehouse, phone):
    first = ada.finish(session_id, uncounted_all="zero")
    phone("supervisor").post("/api/racks/G-01/recount", {"reason": "odd"})
    bob.claim("G-01")
    assert ada.finish(session_id, uncounted_all="zero").json == first.json


def test_an_expired_lease_that_nobody_took_may_finish(ada, session_id, warehouse, clock):
    clock.move(61)
    assert warehouse.sweep.expire_due() == 1
    assert ada.finish(session_id).json["status"] == "completed"
    assert rack(warehouse)["status"] == "completed"


@pytest.mark.parametrize("others", ["open", "zero"])
def test_who_lost_the_rack_cannot_finish_it(ada, bob, session_id, warehouse, clock, others):
    clock.move(61)
    warehouse.sweep.expire_due()
    bob.claim("G-01")
    answer = ada.finish(session_id, uncounted_all=others)
    assert (answer.status_code, answer.json["code"]) == (409, "lease_lost")
    assert rack(warehouse)["status"] == "active"
    assert warehouse.db.verification_records.count_documents({"verified_qty": 0}) == 0


def test_a_paused_rack_may_be_finished(ada, session_id):
    ada.post("/api/racks/G-01/pause")
    assert ada.finish(session_id).json["status"] == "completed"


@pytest.mark.parametrize("role", ["bob", "supervisor", "admin"])
def test_only_the_counter_of_a_session_finishes_it(ada, phone, session_id, role):
    answer = phone(role).post(f"/api/sessions/{session_id}/complete")
    assert (answer.status_code, answer.json["code"]) == (403, "not_your_session")


def test_an_auditor_finishes_nothing(ada, phone, session_id):
    answer = phone("auditor").post(f"/api/sessions/{session_id}/complete")
    assert (answer.status_code, answer.json["code"]) == (403, "not_allowed")


@pytest.mark.parametrize(
    "wish",
    [
        {"uncounted_all": "nothing"},
        {"uncounted": [{"item_code": "B2", "decision": "none"}]},
        {"uncounted": [{"item_code": "B2"}]},
        {"uncounted": "B2"},
        {"preview": "perhaps"},
        {"$set": 1},
    ],
)
def test_a_wish_that_does_not_fit_finishes_nothing(ada, session_id, warehouse, wish):
    answer = ada.finish(session_id, **wish)
    assert answer.status_code == 400
    assert set(answer.json["errors"]) == set(wish)
    assert rack(warehouse)["status"] == "active"


def test_a_zero_of_an_item_with_an_odd_code_is_stored(ada, session_id, warehouse):
    warehouse.imports.load_items([a_row("Z $.é", rack="G-01")])
    assert ("Z $.é", "zero") in lines(ada.finish(session_id, uncounted_all="zero"))
    assert stored(warehouse, f"{session_id}:zero:Z $.é")["verified_qty"] == 0
