"""A recount is a new pass by another person, never an overwrite."""

from __future__ import annotations

import pytest

from app.auth.identity import Role
from app.errors import IllegalMove, NotAllowed, PassTaken
from app.racks.lease_store import LeaseStore
from app.racks.leases import ClaimWish
from app.racks.rack import LeaseState, RackStatus, SessionStatus
from tests.support.app import signed_in
from tests.support.builders import (
    an_identity,
    claim,
    complete,
    leases_on,
    plan_racks,
    rack,
    session,
    told,
)

ADA = an_identity("counter")
BEN = an_identity("ben")
SUE = an_identity("supervisor", Role.SUPERVISOR)


@pytest.fixture(autouse=True)
def racks(warehouse):
    plan_racks(warehouse, "G-01")


def recount(warehouse):
    return warehouse.leases.recount("G-01", by=SUE, reason="two pallets were moved")


def test_a_recount_frees_a_completed_rack_for_pass_two(warehouse):
    complete(warehouse, claim(warehouse, "G-01", ADA), ADA)

    asked = recount(warehouse)

    assert (asked.status, asked.pass_no, asked.recount) == (RackStatus.AVAILABLE, 2, True)
    assert claim(warehouse, "G-01", BEN).pass_no == 2


def test_the_session_of_pass_two_stands_beside_pass_one(warehouse):
    first = claim(warehouse, "G-01", ADA)
    complete(warehouse, first, ADA)
    recount(warehouse)
    second = claim(warehouse, "G-01", BEN)

    one, two = (session(warehouse, lease.session_id) for lease in (first, second))
    assert (one.status, one.pass_no, one.fence) == (SessionStatus.COMPLETED, 1, 1)
    assert (two.status, two.pass_no, two.fence) == (SessionStatus.ACTIVE, 2, 2)


def test_completing_the_recount_takes_its_mark_away(warehouse):
    complete(warehouse, claim(warehouse, "G-01", ADA), ADA)
    recount(warehouse)

    complete(warehouse, claim(warehouse, "G-01", BEN), BEN)

    done = rack(warehouse, "G-01")
    assert (done.status, done.recount) == (RackStatus.COMPLETED, False)
    assert done.counted_by == (ADA.user_id, BEN.user_id)


def test_a_third_pass_is_for_somebody_else_again(warehouse):
    for who in (ADA, BEN):
        complete(warehouse, claim(warehouse, "G-01", who), who)
        recount(warehouse)

    for who in (ADA, BEN):
        with pytest.raises(PassTaken):
            claim(warehouse, "G-01", who)
    assert claim(warehouse, "G-01", an_identity("cleo")).pass_no == 3


def test_a_recount_of_a_rack_in_work_ends_its_session(warehouse):
    lease = claim(warehouse, "G-01", ADA)

    recount(warehouse)

    ended = session(warehouse, lease.session_id)
    assert (ended.status, ended.ended_reason) == (SessionStatus.RELEASED, "recount")
    assert warehouse.locks.get_rack_lock("G-01") is None
    assert warehouse.heartbeats.beat(lease.session_id, by=ADA).state is LeaseState.ENDED


def test_who_was_counting_when_a_recount_was_asked_is_not_offered_it(warehouse):
    claim(warehouse, "G-01", ADA)
    recount(warehouse)

    with pytest.raises(PassTaken):
        claim(warehouse, "G-01", ADA)
    assert warehouse.rack_map.available(ADA) == []


def test_a_recount_is_told_with_reason_and_pass(warehouse):
    complete(warehouse, claim(warehouse, "G-01", ADA), ADA)

    recount(warehouse)

    assert told(warehouse)[-1] == ("recount", "G-01")
    event = [e.data for e in warehouse.event_log.since(0) if e.name == "rack:update"][-1]
    assert (event["reason"], event["pass"]) == ("two pallets were moved", 2)
    assert (event["recount"], event["status"]) == (True, "available")


def test_a_claim_that_read_the_rack_before_a_recount_looks_again(warehouse):
    class StoreBeforeARecount(LeaseStore):
        """A recount is asked between a claim's look and its write, the first time."""

        asked = False

        def take(self, *args, **kwargs):
            if not self.asked:
                self.asked = True
                recount(warehouse)
            return super().take(*args, **kwargs)

    leases = leases_on(warehouse, StoreBeforeARecount(warehouse.db))

    lease = leases.claim("G-01", by=BEN, wish=ClaimWish())

    assert lease.pass_no == session(warehouse, lease.session_id).pass_no == 2


def test_of_two_recounts_at_once_only_one_counts(warehouse):
    class StoreOfASecondSupervisor(LeaseStore):
        """Another recount is asked between the look and the write."""

        def recount(self, *args, **kwargs):
            recount(warehouse)
            return super().recount(*args, **kwargs)

    complete(warehouse, claim(warehouse, "G-01", ADA), ADA)
    leases = leases_on(warehouse, StoreOfASecondSupervisor(warehouse.db))

    with pytest.raises(IllegalMove):
        leases.recount("G-01", by=SUE, reason="again")

    assert rack(warehouse, "G-01").pass_no == 2


def test_a_supervisor_whose_rack_moved_learns_its_state(warehouse):
    class StoreBehindACompletion(LeaseStore):
        """The holder finishes between the supervisor's look and the write."""

        def release(self, *args, **kwargs):
            complete(warehouse, lease, ADA)
            return super().release(*args, **kwargs)

    lease = claim(warehouse, "G-01", ADA)
    leases = leases_on(warehouse, StoreBehindACompletion(warehouse.db))

    with pytest.raises(IllegalMove) as refusal:
        leases.force_release("G-01", by=SUE, reason="too slow")

    assert refusal.value.facts["state"] == "completed"


def test_a_counter_may_not_ask_for_a_recount(warehouse):
    with pytest.raises(NotAllowed):
        warehouse.leases.recount("G-01", by=ADA, reason="mine")


def test_a_recount_over_http_says_which_pass_waits(app, warehouse):
    complete(warehouse, claim(warehouse, "G-01", ADA), ADA)
    client = app.test_client()
    url, wish = "/api/racks/G-01/recount", {"reason": "again"}

    refused = client.post(url, json=wish, headers=signed_in(client))
    asked = client.post(url, json=wish, headers=signed_in(client, "supervisor"))

    assert refused.status_code == 403
    assert (asked.status_code, asked.json["message"]) == (200, "The rack waits for pass 2.")
