"""The promises with their live figures: kept while they are, and told when they are not."""

from __future__ import annotations

from collections import Counter
from dataclasses import fields
from time import sleep

import pytest

from app.promises.promises import FRESH_S, Askable, Promises
from tests.support.builders import a_record_json
from tests.support.together import at_once


@pytest.fixture
def standings(app, ada, warehouse):
    """`standings()`: key → (standing, figures), asked anew."""

    def ask():
        warehouse.clock.move(FRESH_S + 0.1)
        answer = ada.get("/api/promises")
        assert answer.status_code == 200, answer.text
        promises = answer.json["promises"]
        assert [each["number"] for each in promises] == list(range(1, len(promises) + 1))
        assert all(each["tests"] for each in promises)
        return {each["key"]: (each["standing"], each["figures"]) for each in promises}

    return ask


def test_an_empty_warehouse_keeps_its_promises_and_knows_of_no_backup(standings):
    told = standings()
    assert told.pop("backup") == ("unknown", {"at": None})
    assert {standing for standing, _ in told.values()} == {"kept"}
    assert told["once"][1] == {"records": 0, "serials": 0}


def test_figures_are_those_of_what_happened(standings, ada, bob, warehouse, clock):
    session_id = ada.claim("G-01")
    ada.count(session_id, serial_numbers=["SN1"])
    beat = {"session_id": session_id, "queue_length": 3, "queue_age_s": 40}
    ada.post("/api/sync/heartbeat", beat)
    warehouse.beats.follow_up()
    ada.count(session_id)
    told = standings()
    assert told["unsent"][1]["waiting"] == 3
    assert 42 <= told["unsent"][1]["oldest_s"] <= 50
    assert told["holder"] == ("kept", {"held": 1, "doubly_held": 0})
    assert told["once"][1] == {"records": 2, "serials": 1}
    assert told["chain"][1]["waiting"] == 0  # nobody seals a session at work
    assert ada.finish(session_id).status_code == 200
    assert standings()["chain"][1]["waiting"] == 1
    warehouse.proofs.catch_up()
    told = standings()
    assert told["chain"][1]["waiting"] == 0
    assert told["chain"][1]["upto"] is not None
    assert told["stored"] == ("kept", {"records": 2, "checked": 2, "missing": 0})


def test_a_count_that_vanished_or_was_changed_breaks_the_first_promise(standings, ada, warehouse):
    session_id = ada.claim("G-01")
    ada.count(session_id)
    changed = ada.count(session_id)["client_record_id"]
    ada.finish(session_id)
    warehouse.proofs.catch_up()
    records = warehouse.db.verification_records
    records.update_one({"client_record_id": changed}, {"$set": {"verified_qty": 11}})
    standing, figures = standings()["stored"]
    assert (standing, figures["checked"], figures["missing"]) == ("broken", 2, 1)
    warehouse.db.custody_seals.update_one({}, {"$set": {"links.0.counter": "u-eve"}})
    assert standings()["chain"][0] == "broken"


def test_a_lease_that_is_told_late_breaks_the_bound(standings, ada, warehouse, clock):
    ada.claim("G-01")
    clock.move(61)
    warehouse.sweep.expire_due()
    standing, figures = standings()["expiry"]
    assert (standing, figures["ended"], figures["worst_s"]) == ("kept", 1, 1)
    ada.claim("G-02")
    clock.move(60 + 5)
    standing, figures = standings()["expiry"]
    assert (standing, figures["overdue"]) == ("broken", 1)
    warehouse.sweep.expire_due()
    standing, figures = standings()["expiry"]
    assert (standing, figures["overdue"], figures["ended"]) == ("broken", 0, 2)
    clock.move(25 * 3600)
    (expiry,) = (p for p in warehouse.promises.all()[1] if p.key == "expiry")
    assert (expiry.standing, expiry.figures["ended"], expiry.figures["worst_s"]) == ("kept", 0, 0)


def test_what_waits_long_asks_a_person_to_look(standings, ada, bob, warehouse, clock):
    session_id = ada.claim("G-01")
    clock.move(61)
    warehouse.sweep.expire_due()
    other = bob.claim("G-01")
    assert ada.sync(a_record_json(session_id))["conflicts"]
    assert standings()["late"][0] == "kept"
    bob.post("/api/sync/heartbeat", {"session_id": other, "queue_length": 1, "queue_age_s": 1000})
    warehouse.beats.follow_up()
    assert standings()["unsent"][0] == "watch"


def test_a_second_holder_of_a_rack_would_be_told(standings, ada, warehouse):
    ada.claim("G-01")
    session = warehouse.db.verification_sessions.find_one({}, {"_id": 0})
    warehouse.db.verification_sessions.insert_one({**session, "session_id": "twin"})
    assert standings()["holder"] == ("broken", {"held": 2, "doubly_held": 1})


def test_without_redis_nobody_knows_of_events(warehouse_on, own_redis, warehouse):
    away = warehouse_on(own_redis.url)
    own_redis.stop()
    _, promises = away.promises.all()
    told = {each.key: each.standing for each in promises}
    assert told["events"] == "unknown"
    assert told["stored"] == "kept"


def test_all_who_look_at_once_cost_one_look(standings, ada, warehouse):
    standings()
    first = ada.get("/api/promises").json["at"]
    assert ada.get("/api/promises").json["at"] == first
    warehouse.clock.move(FRESH_S + 0.1)
    assert ada.get("/api/promises").json["at"] > first


def test_people_who_look_side_by_side_ask_each_question_once(warehouse):
    asked = Counter()

    def noted(name, ask):
        def answer():
            asked[name] += 1
            sleep(0.05)  # so that all of them have come
            return ask()

        return answer

    real = warehouse.promises._ask
    questions = {f.name: noted(f.name, getattr(real, f.name)) for f in fields(Askable)}
    promises = Promises(Askable(**questions), warehouse.clock)
    answers = at_once(*[promises.all] * 8)
    assert asked == dict.fromkeys(questions, 1)
    assert len({at for at, _ in answers}) == 1
