"""Acts on one lease at the same moment, at two processes: what each is told and what maps show."""

from __future__ import annotations

import pytest

from app.racks.heartbeats import Heartbeats
from app.racks.lease_store import LeaseStore
from app.racks.rack import LeaseLimits, LeaseState
from app.racks.session_store import SessionStore
from app.racks.store import RackStore
from app.racks.sweep import Sweep
from tests.support.builders import an_identity, claim, plan_racks, session

ADA = an_identity("ada")


class Overtaken(LeaseStore):
    """Between a beat's look at the rack and its attempt to get it back, another beat is first."""

    def revive(self, session, **limits):
        assert super().revive(session, **limits)
        return super().revive(session, **limits)


@pytest.fixture
def lease(warehouse, clock):
    plan_racks(warehouse, "G-01")
    lease = claim(warehouse, "G-01", ADA)
    clock.move(61)
    assert warehouse.sweep.expire_due() == 1
    return lease


def test_a_beat_that_another_of_its_session_overtook_finds_the_lease_held(warehouse, lease):
    stores = (store(warehouse.db) for store in (RackStore, SessionStore, Overtaken))
    parts = warehouse.locks, warehouse.publish, warehouse.clock
    heartbeats = Heartbeats(*stores, *parts, limits=LeaseLimits())

    renewal = heartbeats.beat(lease.session_id, by=ADA)

    assert renewal.state is LeaseState.HELD
    assert session(warehouse, lease.session_id).status == "active"


class SlowToTell(LeaseStore):
    """Between the end of a lease and the word of it, its device beats at another process."""

    def __init__(self, warehouse, session_id):
        super().__init__(warehouse.db)
        self._beat = lambda: warehouse.heartbeats.beat(session_id, by=ADA)

    def expire(self, now, limit):
        expired = super().expire(now, limit)
        if expired:
            assert self._beat().state is LeaseState.HELD
        return expired


def test_the_last_word_of_a_rack_is_how_it_is(warehouse, clock):
    plan_racks(warehouse, "G-01")
    lease = claim(warehouse, "G-01", ADA)
    clock.move(61)

    stores = RackStore(warehouse.db), SlowToTell(warehouse, lease.session_id)
    parts = warehouse.locks, warehouse.publish, warehouse.clock
    assert Sweep(*stores, *parts).expire_due() == 1

    words = [e.data for e in warehouse.event_log.since(0) if e.name == "rack:update"]
    assert [word["type"] for word in words[-2:]] == ["expired", "renewed"]
    last = words[-1]
    assert (last["status"], last["session_id"]) == ("active", lease.session_id)
    assert last["holder"]["name"] == ADA.name
    assert last["fence"] == lease.fence


class SlowToNote(SessionStore):
    """Between a beat's look at the rack and its word to the screens, the rack is given back."""

    def __init__(self, warehouse):
        super().__init__(warehouse.db)
        self._release = lambda: warehouse.leases.release("G-01", by=ADA)

    def note_beats(self, touches):
        self._release()
        return super().note_beats(touches)


def test_a_beat_tells_nothing_of_a_rack_that_was_given_back_meanwhile(warehouse):
    plan_racks(warehouse, "G-01")
    lease = claim(warehouse, "G-01", ADA)
    stores = RackStore(warehouse.db), SlowToNote(warehouse), LeaseStore(warehouse.db)
    parts = warehouse.locks, warehouse.publish, warehouse.clock
    heartbeats = Heartbeats(*stores, *parts, limits=LeaseLimits())

    heartbeats.beat(lease.session_id, by=ADA)

    words = [e.data for e in warehouse.event_log.since(0) if e.name == "rack:update"]
    assert [word["type"] for word in words] == ["claimed", "released"]
