"""A lease that nobody renews ends, is told once, and comes back while nobody took the rack."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from app.auth.identity import Role
from app.errors import LeaseLost, NotHolder
from app.racks.rack import LeaseState, RackStatus, SessionStatus
from tests.support.builders import (
    a_record,
    an_identity,
    claim,
    complete,
    open_sessions,
    plan_racks,
    rack,
    session,
    told,
)

ADA = an_identity("ada")
BEN = an_identity("ben")
SUE = an_identity("supervisor", Role.SUPERVISOR)
TTL = 60


@pytest.fixture(autouse=True)
def racks(warehouse):
    plan_racks(warehouse, *(f"G-{n:02}" for n in range(1, 9)))


def beat(warehouse, lease, by=ADA):
    renewal = warehouse.heartbeats.beat(lease.session_id, by=by)
    warehouse.beats.follow_up()
    return renewal


def end(warehouse, clock):
    """Let every lease end, and sweep."""
    clock.move(TTL)
    return warehouse.sweep.expire_due()


# ── it ends ──────────────────────────────────────────────────────────────────────────────────────


def test_a_lease_holds_until_its_very_end(warehouse, clock):
    claim(warehouse, "G-01", ADA)
    clock.move(TTL - 0.001)

    assert warehouse.sweep.expire_due() == 0
    assert rack(warehouse, "G-01").status is RackStatus.ACTIVE


def test_a_lease_that_ended_frees_rack_lock_and_session(warehouse, clock):
    lease = claim(warehouse, "G-01", ADA)

    assert end(warehouse, clock) == 1

    freed = rack(warehouse, "G-01")
    assert (freed.status, freed.holder, freed.session_id) == (RackStatus.AVAILABLE, None, None)
    assert freed.fence == lease.fence
    assert session(warehouse, lease.session_id).status is SessionStatus.EXPIRED
    assert warehouse.locks.get_rack_lock("G-01") is None
    assert claim(warehouse, "G-01", BEN).fence == 2


def test_a_paused_rack_ends_like_any_other(warehouse, clock):
    lease = claim(warehouse, "G-01", ADA)
    warehouse.leases.pause("G-01", by=ADA)

    assert end(warehouse, clock) == 1
    assert session(warehouse, lease.session_id).status is SessionStatus.EXPIRED


def test_two_processes_that_sweep_at_once_tell_each_end_once(warehouse, warehouse_on, clock):
    ids = [f"G-{n:02}" for n in range(1, 9)]
    for n, rack_id in enumerate(ids):
        claim(warehouse, rack_id, an_identity(f"p{n}"))
    clock.move(TTL)
    processes = [warehouse, warehouse_on(), warehouse_on()]

    with ThreadPoolExecutor(3) as pool:
        freed = list(pool.map(lambda process: process.sweep.expire_due(), processes))

    assert sum(freed) == len(ids)
    assert sorted(r for kind, r in told(warehouse) if kind == "expired") == ids


def test_an_expired_session_is_told_to_its_counter(warehouse, clock):
    lease = claim(warehouse, "G-01", ADA)

    end(warehouse, clock)

    last = list(warehouse.event_log.since(0))[-1]
    assert (last.name, last.data["type"]) == ("session:update", "expired")
    assert last.data["session_id"] == lease.session_id
    assert (last.data["status"], last.data["user_id"]) == ("expired", ADA.user_id)


def test_a_lease_that_was_renewed_meanwhile_does_not_end(warehouse, clock):
    lease = claim(warehouse, "G-01", ADA)
    clock.move(TTL - 1)
    beat(warehouse, lease)
    clock.move(1)

    assert warehouse.sweep.expire_due() == 0
    assert session(warehouse, lease.session_id).status is SessionStatus.ACTIVE


def test_a_batch_of_counts_renews_the_lease_as_well(warehouse, clock):
    lease = claim(warehouse, "G-01", ADA)
    clock.move(TTL - 1)
    warehouse.batches.sync([a_record(lease.session_id)], by=ADA)
    clock.move(1)

    assert warehouse.sweep.expire_due() == 0


def test_a_hundred_and_twenty_leases_end_in_one_sweep(warehouse, clock):
    ids = [f"F-{n:03}" for n in range(120)]
    plan_racks(warehouse, *ids)
    for n, rack_id in enumerate(ids):
        claim(warehouse, rack_id, an_identity(f"p{n}"))

    assert end(warehouse, clock) == 120
    assert warehouse.standing.open_sessions(SUE) == []


# ── it comes back ────────────────────────────────────────────────────────────────────────────────


def test_a_heartbeat_brings_back_a_rack_nobody_took(warehouse, clock):
    lease = claim(warehouse, "G-01", ADA)
    end(warehouse, clock)

    renewal = beat(warehouse, lease)

    held = rack(warehouse, "G-01")
    assert (renewal.state, renewal.ttl_s) == (LeaseState.HELD, TTL)
    assert (held.status, held.fence, held.session_id) == ("active", lease.fence, lease.session_id)
    assert session(warehouse, lease.session_id).status is SessionStatus.ACTIVE
    assert warehouse.locks.get_rack_lock("G-01").session_id == lease.session_id
    kinds = [kind for kind, _ in told(warehouse)]
    assert kinds == ["claimed", "expired", "claimed", "renewed"]


def test_a_late_batch_brings_the_rack_back_too(warehouse, clock):
    lease = claim(warehouse, "G-01", ADA)
    end(warehouse, clock)

    warehouse.batches.sync([a_record(lease.session_id)], by=ADA)

    assert rack(warehouse, "G-01").session_id == lease.session_id


def test_a_lease_that_ended_while_paused_comes_back_active(warehouse, clock):
    lease = claim(warehouse, "G-01", ADA)
    warehouse.leases.pause("G-01", by=ADA)
    end(warehouse, clock)

    assert beat(warehouse, lease).state is LeaseState.HELD

    assert rack(warehouse, "G-01").status is RackStatus.ACTIVE
    assert session(warehouse, lease.session_id).status is SessionStatus.ACTIVE


def test_a_heartbeat_past_the_end_but_before_the_sweep_keeps_the_lease(warehouse, clock):
    lease = claim(warehouse, "G-01", ADA)
    clock.move(TTL + 1)

    assert beat(warehouse, lease).state is LeaseState.HELD
    assert warehouse.sweep.expire_due() == 0


def test_a_lease_that_somebody_took_is_lost_and_names_who_has_it(warehouse, clock):
    lease = claim(warehouse, "G-01", ADA)
    end(warehouse, clock)
    claim(warehouse, "G-01", BEN)

    renewal = beat(warehouse, lease)

    assert (renewal.state, renewal.holder.name, renewal.ttl_s) == (LeaseState.LOST, "Ben", 0)
    assert rack(warehouse, "G-01").holder.user_id == BEN.user_id
    assert session(warehouse, lease.session_id).status is SessionStatus.EXPIRED


def test_a_lost_lease_stays_lost_when_the_other_is_gone(warehouse, clock):
    lease = claim(warehouse, "G-01", ADA)
    end(warehouse, clock)
    claim(warehouse, "G-01", BEN)
    warehouse.leases.release("G-01", by=BEN)

    assert beat(warehouse, lease).state is LeaseState.LOST
    assert rack(warehouse, "G-01").holder is None


def test_a_recount_that_was_asked_meanwhile_ends_the_old_pass(warehouse, clock):
    lease = claim(warehouse, "G-01", ADA)
    end(warehouse, clock)
    warehouse.leases.recount("G-01", by=SUE, reason="again")

    assert beat(warehouse, lease).state is LeaseState.LOST
    assert rack(warehouse, "G-01").holder is None


def test_a_lease_comes_back_only_where_its_user_has_room(warehouse, clock):
    old = claim(warehouse, "G-01", ADA)
    end(warehouse, clock)
    for n in range(2, 7):
        claim(warehouse, f"G-{n:02}", ADA)

    assert beat(warehouse, old).state is LeaseState.LOST
    assert len(open_sessions(warehouse, ADA)) == 5


def test_a_heartbeat_and_a_claim_at_once_leave_one_holder(warehouse, clock):
    for n in range(1, 9):
        rack_id = f"G-{n:02}"
        lease = claim(warehouse, rack_id, ADA)
        end(warehouse, clock)
        with ThreadPoolExecutor(2) as pool:
            pool.submit(beat, warehouse, lease)
            pool.submit(claim, warehouse, rack_id, BEN)

        holders = [s for s in warehouse.standing.open_sessions(SUE) if s.rack_id == rack_id]
        assert [s.session_id for s in holders] == [rack(warehouse, rack_id).session_id]
        warehouse.leases.force_release(rack_id, by=SUE, reason="next try")


# ── it never comes back ──────────────────────────────────────────────────────────────────────────


def test_a_completed_session_never_revives(warehouse):
    lease = claim(warehouse, "G-01", ADA)
    complete(warehouse, lease, ADA)

    assert beat(warehouse, lease).state is LeaseState.ENDED
    assert rack(warehouse, "G-01").status is RackStatus.COMPLETED


def test_a_completed_session_stays_ended_when_somebody_recounts(warehouse):
    lease = claim(warehouse, "G-01", ADA)
    complete(warehouse, lease, ADA)
    warehouse.leases.recount("G-01", by=SUE, reason="again")
    claim(warehouse, "G-01", BEN)

    assert beat(warehouse, lease).state is LeaseState.ENDED


def test_a_released_session_never_revives(warehouse):
    lease = claim(warehouse, "G-01", ADA)
    warehouse.leases.release("G-01", by=ADA)

    assert beat(warehouse, lease).state is LeaseState.ENDED
    assert rack(warehouse, "G-01").holder is None


def test_a_heartbeat_under_way_does_not_undo_a_force_release(warehouse):
    lease = claim(warehouse, "G-01", ADA)
    as_read_before = session(warehouse, lease.session_id)
    warehouse.leases.force_release("G-01", by=SUE, reason="gone home")

    assert warehouse.heartbeats.revive(as_read_before) is False
    assert rack(warehouse, "G-01").status is RackStatus.AVAILABLE


@pytest.mark.parametrize("act", ["pause", "release"])
def test_a_move_of_a_lease_that_ended_is_refused(warehouse, clock, act):
    claim(warehouse, "G-01", ADA)
    end(warehouse, clock)

    with pytest.raises(NotHolder):
        getattr(warehouse.leases, act)("G-01", by=ADA)


def test_completing_after_the_rack_was_taken_again_is_refused(warehouse, clock):
    old = session(warehouse, claim(warehouse, "G-01", ADA).session_id)
    end(warehouse, clock)
    claim(warehouse, "G-01", ADA)

    with pytest.raises(LeaseLost):
        warehouse.leases.complete(old, by=ADA, uncounted=[])
