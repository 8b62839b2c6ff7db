"""The heartbeat over HTTP: two addresses, two ways to send it, and whom it refuses."""

from __future__ import annotations

import pytest

from tests.support.app import signed_in
from tests.support.builders import an_identity, claim, complete, plan_racks, rack

ADA = an_identity("counter")
BEN = an_identity("ben")


@pytest.fixture
def lease(warehouse):
    """The counter's lease of rack G-01."""
    plan_racks(warehouse, "G-01", "G-02")
    return claim(warehouse, "G-01", ADA)


@pytest.fixture
def client(app):
    return app.test_client()


@pytest.fixture
def beat(client, warehouse):
    """`beat(json=…)` or `beat(query_string=…)` as the counter, and what it leaves to be done."""
    headers = signed_in(client)

    def beat(**sent):
        answer = client.post("/api/sync/heartbeat", headers=headers, **sent)
        warehouse.beats.follow_up()
        return answer

    return beat


def test_a_heartbeat_answers_as_the_contract_says(beat, lease, clock):
    answer = beat(json={"session_id": lease.session_id, "rack_id": "G-01"})

    assert answer.status_code == 200
    expected = {
        "success": True,
        "session_id": lease.session_id,
        "user_id": "u-counter",
        "rack_renewed": True,
        "lease": "held",
        "lock_ttl_remaining": 60,
        "timestamp": clock.now().timestamp(),
    }
    assert answer.json.items() >= expected.items()


def test_a_heartbeat_may_come_as_query_parameters(beat, lease, warehouse, clock):
    clock.move(30)

    answer = beat(query_string={"session_id": lease.session_id, "rack_id": "G-01"})

    assert (answer.status_code, answer.json["lease"]) == (200, "held")
    assert (rack(warehouse, "G-01").lease_expires_at - clock.now()).total_seconds() == 60


def test_a_heartbeat_needs_no_rack(beat, lease):
    assert beat(json={"session_id": lease.session_id}).json["rack_renewed"] is True


def test_the_address_of_the_session_takes_heartbeats_too(client, lease):
    url = f"/api/sessions/{lease.session_id}/heartbeat"

    answer = client.post(url, headers=signed_in(client))

    assert (answer.status_code, answer.json["lease"]) == (200, "held")


def test_a_heartbeat_is_told_with_length_and_age_of_the_queue(beat, lease, warehouse):
    beat(json={"session_id": lease.session_id, "queue_length": 12, "queue_age_s": 180})

    last = list(warehouse.event_log.since(0))[-1].data
    assert (last["type"], last["session_id"]) == ("heartbeat", lease.session_id)
    assert (last["queue_length"], last["queue_age_s"]) == (12, 180)


def test_a_lost_lease_is_told_with_who_has_the_rack(beat, lease, warehouse, clock):
    clock.move(60)
    warehouse.sweep.expire_due()
    claim(warehouse, "G-01", BEN)

    answer = beat(json={"session_id": lease.session_id})

    assert answer.status_code == 200
    assert (answer.json["rack_renewed"], answer.json["lease"]) == (False, "lost")
    assert answer.json["holder"] == {"user_id": "u-ben", "name": "Ben"}
    assert answer.json["lock_ttl_remaining"] == 0


def test_a_finished_session_is_told_that_it_ended(beat, lease, warehouse):
    complete(warehouse, lease, ADA)

    answer = beat(json={"session_id": lease.session_id})

    assert (answer.json["rack_renewed"], answer.json["lease"]) == (False, "ended")


def test_a_heartbeat_for_another_rack_is_refused(beat, lease, warehouse):
    answer = beat(json={"session_id": lease.session_id, "rack_id": "G-02"})

    assert (answer.status_code, answer.json["code"]) == (403, "not_your_session")


def test_nobody_beats_for_another_users_session(beat, warehouse, lease):
    theirs = claim(warehouse, "G-02", BEN)

    answer = beat(json={"session_id": theirs.session_id})

    assert (answer.status_code, answer.json["code"]) == (403, "not_your_session")


def test_a_supervisor_does_not_beat_for_a_counter(client, lease):
    headers = signed_in(client, "supervisor")

    answer = client.post(
        "/api/sync/heartbeat", json={"session_id": lease.session_id}, headers=headers
    )

    assert (answer.status_code, answer.json["code"]) == (403, "not_your_session")


def test_a_session_that_never_was_is_unknown(beat, lease):
    answer = beat(json={"session_id": "nobody"})

    assert (answer.status_code, answer.json["code"]) == (404, "unknown_session")


def test_a_heartbeat_without_a_session_names_the_field(beat, lease):
    answer = beat(json={"rack_id": "G-01"})

    assert (answer.status_code, answer.json["code"]) == (400, "invalid_request")
    assert "session_id" in answer.json["errors"]


def test_an_auditor_sends_no_heartbeats(client, lease):
    headers = signed_in(client, "auditor")

    answer = client.post(
        "/api/sync/heartbeat", json={"session_id": lease.session_id}, headers=headers
    )

    assert (answer.status_code, answer.json["code"]) == (403, "not_allowed")


def test_a_heartbeat_without_a_token_is_a_401(client, lease):
    answer = client.post("/api/sync/heartbeat", json={"session_id": lease.session_id})

    assert answer.status_code == 401


def test_a_heartbeat_right_after_another_tells_what_is_left_and_no_screen(
    beat, lease, warehouse, clock
):
    last = warehouse.event_log.last_id()
    clock.move(4)

    answer = beat(json={"session_id": lease.session_id})

    assert (answer.json["lease"], answer.json["lock_ttl_remaining"]) == ("held", 56)
    assert (rack(warehouse, "G-01").lease_expires_at - clock.now()).total_seconds() == 56
    assert warehouse.event_log.last_id() == last


def test_a_heartbeat_right_after_another_still_tells_of_the_queue(beat, lease, warehouse, clock):
    beat(json={"session_id": lease.session_id, "queue_length": 12, "queue_age_s": 180})
    clock.move(1)

    answer = beat(json={"session_id": lease.session_id, "queue_length": 11, "queue_age_s": 181})

    last = list(warehouse.event_log.since(0))[-1].data
    assert (answer.json["lock_ttl_remaining"], last["queue_length"]) == (60, 11)
