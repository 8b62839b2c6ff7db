"""Redis lost all it knew: MongoDB knows who holds which rack; heartbeats take the locks again."""

from __future__ import annotations

import pytest

from app.errors import RackLocked
from app.racks.rack import LeaseState
from tests.support.builders import a_record, an_identity, claim, plan_racks, rack, session

ADA = an_identity("ada")
BEN = an_identity("ben")


@pytest.fixture
def leases(warehouse, redis_client):
    """Ada counts two racks, and Redis just came back empty."""
    plan_racks(warehouse, "G-01", "G-02", "G-03")
    leases = [claim(warehouse, rack_id, ADA) for rack_id in ("G-01", "G-02")]
    redis_client.flushall()
    return leases


def beat(warehouse, lease):
    renewal = warehouse.heartbeats.beat(lease.session_id, by=ADA)
    warehouse.beats.follow_up()
    return renewal


def test_a_heartbeat_takes_its_lock_again_under_the_same_token(warehouse, leases):
    assert beat(warehouse, leases[0]).state is LeaseState.HELD

    lock = warehouse.locks.get_rack_lock("G-01")
    assert (lock.session_id, lock.fence) == (leases[0].session_id, leases[0].fence)
    assert warehouse.locks.get_rack_lock_ttl("G-01") > 50


def test_a_batch_of_counts_takes_its_lock_again_too(warehouse, leases):
    warehouse.batches.sync([a_record(leases[0].session_id)], by=ADA)
    warehouse.beats.follow_up()

    assert warehouse.locks.get_rack_lock("G-01").session_id == leases[0].session_id


def test_nobody_else_claims_a_held_rack_meanwhile(warehouse, leases):
    with pytest.raises(RackLocked) as refusal:
        claim(warehouse, "G-01", BEN)

    assert refusal.value.facts["holder"]["name"] == "Ada"
    assert rack(warehouse, "G-01").session_id == leases[0].session_id


def test_a_refused_claim_does_not_keep_the_holder_from_his_lock(warehouse, leases):
    with pytest.raises(RackLocked):
        claim(warehouse, "G-01", BEN)

    beat(warehouse, leases[0])

    assert warehouse.locks.get_rack_lock("G-01").user_id == ADA.user_id


def test_a_free_rack_is_claimed_with_a_token_that_still_grows(warehouse, leases, redis_client):
    warehouse.leases.release("G-01", by=ADA)
    redis_client.flushall()

    assert claim(warehouse, "G-01", BEN).fence == leases[0].fence + 1


def test_a_user_who_counts_on_is_seen_as_present_again(warehouse, leases):
    assert not warehouse.locks.is_user_active(ADA.user_id)

    beat(warehouse, leases[0])

    assert warehouse.locks.is_user_active(ADA.user_id)
    assert warehouse.locks.get_active_users() == [ADA.user_id]


def test_locks_taken_again_can_all_be_forced_free(warehouse, leases):
    for lease in leases:
        beat(warehouse, lease)

    assert warehouse.locks.force_release_all_user_locks(ADA.user_id) == 2
    assert warehouse.locks.get_rack_lock("G-01") is None


def test_leases_end_by_mongodb_alone(warehouse, leases, clock):
    clock.move(60)

    assert warehouse.sweep.expire_due() == 2
    assert session(warehouse, leases[0].session_id).status == "expired"


def test_event_ids_go_on_growing(warehouse, redis_client):
    plan_racks(warehouse, "G-01")
    claim(warehouse, "G-01", ADA)
    before = warehouse.event_log.last_id()
    redis_client.flushall()

    warehouse.leases.release("G-01", by=ADA)

    assert warehouse.event_log.first_id() > before
    assert not warehouse.event_log.reaches_back_to(before)
