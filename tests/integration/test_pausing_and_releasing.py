"""Pause, resume, release, force release: who may, from which state, and who hears of it."""

from __future__ import annotations

import pytest

from app.auth.identity import Role
from app.errors import IllegalMove, NotAllowed, NotHolder
from app.racks.rack import LeaseState, RackStatus, SessionStatus
from tests.support.app import signed_in
from tests.support.builders import an_identity, claim, plan_racks, rack, session, told

ADA = an_identity("counter")
BEN = an_identity("ben")
SUE = an_identity("supervisor", Role.SUPERVISOR)


@pytest.fixture
def lease(warehouse):
    """Ada's lease of rack G-01."""
    plan_racks(warehouse, "G-01")
    return claim(warehouse, "G-01", ADA)


def test_a_pause_keeps_the_rack_and_marks_it(warehouse, lease):
    paused = warehouse.leases.pause("G-01", by=ADA)

    assert (paused.status, paused.session_id) == (RackStatus.PAUSED, lease.session_id)
    assert session(warehouse, lease.session_id).status is SessionStatus.PAUSED


def test_resuming_goes_on_with_the_same_session(warehouse, lease):
    warehouse.leases.pause("G-01", by=ADA)

    resumed = warehouse.leases.resume("G-01", by=ADA)

    assert (resumed.status, resumed.session_id) == (RackStatus.ACTIVE, lease.session_id)
    assert session(warehouse, lease.session_id).status is SessionStatus.ACTIVE


def test_a_heartbeat_of_a_paused_session_keeps_it_paused(warehouse, lease, clock):
    warehouse.leases.pause("G-01", by=ADA)
    clock.move(50)

    renewal = warehouse.heartbeats.beat(lease.session_id, by=ADA)
    warehouse.beats.follow_up()

    assert renewal.state is LeaseState.HELD
    assert rack(warehouse, "G-01").status is RackStatus.PAUSED
    last = [e.data for e in warehouse.event_log.since(0) if e.name == "rack:update"][-1]
    assert (last["type"], last["status"]) == ("renewed", "paused")
    assert session(warehouse, lease.session_id).status is SessionStatus.PAUSED
    clock.move(50)
    assert warehouse.sweep.expire_due() == 0


def test_a_release_frees_rack_and_lock_and_ends_the_session(warehouse, lease):
    freed = warehouse.leases.release("G-01", by=ADA)

    ended = session(warehouse, lease.session_id)
    assert (freed.status, freed.holder, freed.fence) == (RackStatus.AVAILABLE, None, 1)
    assert (ended.status, ended.ended_reason) == (SessionStatus.RELEASED, "released")
    assert warehouse.locks.get_rack_lock("G-01") is None
    assert warehouse.locks.get_session_data(lease.session_id) is None


def test_a_paused_rack_may_be_released_without_resuming(warehouse, lease):
    warehouse.leases.pause("G-01", by=ADA)

    assert warehouse.leases.release("G-01", by=ADA).status is RackStatus.AVAILABLE


def test_the_map_hears_of_each_move_in_order(warehouse, lease):
    for move in ("pause", "resume", "release"):
        getattr(warehouse.leases, move)("G-01", by=ADA)

    assert told(warehouse) == [
        ("claimed", "G-01"),
        ("paused", "G-01"),
        ("resumed", "G-01"),
        ("released", "G-01"),
    ]


def test_a_released_event_says_whose_session_it_was(warehouse, lease):
    warehouse.leases.release("G-01", by=ADA)

    rack_event, session_event = (e.data for e in list(warehouse.event_log.since(0))[-2:])
    assert (rack_event["status"], rack_event["holder"]) == ("available", None)
    assert (rack_event["session_id"], rack_event["user_id"]) == (lease.session_id, ADA.user_id)
    assert (session_event["type"], session_event["session_id"]) == ("released", lease.session_id)


@pytest.mark.parametrize("move", ["pause", "release"])
def test_only_the_holder_pauses_or_releases(warehouse, lease, move):
    with pytest.raises(NotHolder):
        getattr(warehouse.leases, move)("G-01", by=BEN)

    assert rack(warehouse, "G-01").status is RackStatus.ACTIVE


def test_a_supervisor_does_not_pause_for_the_holder(warehouse, lease):
    with pytest.raises(NotHolder):
        warehouse.leases.pause("G-01", by=SUE)


@pytest.mark.parametrize(("first", "again"), [("pause", "pause"), (None, "resume")])
def test_a_move_that_fits_no_state_is_refused(warehouse, lease, first, again):
    if first:
        getattr(warehouse.leases, first)("G-01", by=ADA)

    with pytest.raises(IllegalMove):
        getattr(warehouse.leases, again)("G-01", by=ADA)


def test_a_supervisor_ends_a_lease_with_a_reason(warehouse, lease):
    freed = warehouse.leases.force_release("G-01", by=SUE, reason="gone home")

    ended = session(warehouse, lease.session_id)
    assert (freed.status, freed.holder) == (RackStatus.AVAILABLE, None)
    assert (ended.status, ended.ended_reason) == (SessionStatus.RELEASED, "gone home")
    assert warehouse.locks.get_rack_lock("G-01") is None
    event = [e.data for e in warehouse.event_log.since(0) if e.name == "rack:update"][-1]
    assert (event["type"], event["reason"]) == ("released", "gone home")


def test_a_counter_may_not_force_a_release(warehouse, lease):
    with pytest.raises(NotAllowed):
        warehouse.leases.force_release("G-01", by=BEN, reason="mine")


def test_a_free_rack_has_nothing_to_force(warehouse, lease):
    warehouse.leases.release("G-01", by=ADA)

    with pytest.raises(IllegalMove):
        warehouse.leases.force_release("G-01", by=SUE, reason="why not")


def test_the_moves_over_http_answer_state_and_session(app, lease):
    client = app.test_client()
    headers = signed_in(client)

    states = []
    for move in ("pause", "resume", "release"):
        answer = client.post(f"/api/racks/G-01/{move}", headers=headers)
        states.append((answer.status_code, answer.json["success"], answer.json["status"]))
        assert answer.json["session_id"] == lease.session_id

    assert states == [(200, True, "paused"), (200, True, "active"), (200, True, "available")]


def test_a_move_by_who_does_not_hold_the_rack_is_a_403(app, warehouse):
    plan_racks(warehouse, "G-01")
    claim(warehouse, "G-01", BEN)
    client = app.test_client()

    answer = client.post("/api/racks/G-01/pause", headers=signed_in(client))

    assert (answer.status_code, answer.json["code"]) == (403, "not_holder")


def test_a_forced_release_over_http_needs_role_and_reason(app, lease):
    client = app.test_client()
    url = "/api/racks/G-01/force-release"
    counter, supervisor = signed_in(client), signed_in(client, "supervisor")

    assert client.post(url, json={"reason": "x"}, headers=counter).status_code == 403
    assert client.post(url, json={}, headers=supervisor).json["code"] == "invalid_request"
    done = client.post(url, json={"reason": "gone home"}, headers=supervisor)

    assert (done.status_code, done.json["status"]) == (200, "available")
