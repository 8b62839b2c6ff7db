"""Acts on one lease at the same moment, at two processes: what each is told and what maps show."""

from __future__ import annotations

import pytest
from pymongo.errors import AutoReconnect

from app.racks.beats import Beats
from app.racks.heartbeats import Heartbeats
from app.racks.lease_store import LeaseStore
from app.racks.rack import LeaseLimits, LeaseState
from app.racks.session_store import SessionStore
from app.racks.store import RackStore
from app.racks.sweep import Sweep
from tests.support.builders import a_record, an_identity, claim, plan_racks, session

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
    parts = warehouse.beats, warehouse.publish, warehouse.clock
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
    """Between a beat and its word to the screens, the rack is given back."""

    def __init__(self, warehouse):
        super().__init__(warehouse.db)
        self._release = lambda: warehouse.leases.release("G-01", by=ADA)

    def note_beats(self, touches):
        self._release()
        return super().note_beats(touches)


def beaten(warehouse, sessions):
    """Ada holds a rack and has beaten; what is left to be done of it, with this store."""
    plan_racks(warehouse, "G-01")
    lease = claim(warehouse, "G-01", ADA)
    racks = RackStore(warehouse.db)
    told = warehouse.locks, warehouse.publish, warehouse.clock
    beats = Beats(racks, sessions, *told, ttl_s=LeaseLimits().ttl_s)
    parts = LeaseStore(warehouse.db), beats, warehouse.publish, warehouse.clock
    heartbeats = Heartbeats(racks, sessions, *parts, limits=LeaseLimits())
    assert heartbeats.beat(lease.session_id, by=ADA).state is LeaseState.HELD
    return beats


def words_of(warehouse):
    told = [e.data for e in warehouse.event_log.since(0) if e.name == "rack:update"]
    return [word["type"] for word in told]


def test_a_beat_tells_nothing_of_a_rack_that_was_given_back_meanwhile(warehouse):
    beaten(warehouse, SlowToNote(warehouse)).follow_up()

    assert words_of(warehouse) == ["claimed", "released"]


def test_a_beat_locks_no_rack_that_was_given_back_meanwhile(warehouse):
    beaten(warehouse, SlowToNote(warehouse)).follow_up()

    assert warehouse.locks.get_rack_lock("G-01") is None


class SlowToLock(SlowToNote):
    """Between the note of a beat and its lock, the rack is given back."""

    def note_beats(self, touches):
        noted = SessionStore.note_beats(self, touches)
        self._release()
        return noted


def test_a_lock_that_came_too_late_is_taken_back(warehouse):
    beaten(warehouse, SlowToLock(warehouse)).follow_up()

    assert warehouse.locks.get_rack_lock("G-01") is None
    assert words_of(warehouse) == ["claimed", "released"]


def test_a_rack_that_was_given_back_after_its_last_batch_is_not_locked_again(
    warehouse, clock, monkeypatch
):
    plan_racks(warehouse, "G-01")
    lease = claim(warehouse, "G-01", ADA)
    clock.move(50)
    warehouse.batches.sync([a_record(lease.session_id)], by=ADA)
    warehouse.leases.release("G-01", by=ADA)
    kept = []
    monkeypatch.setattr(warehouse.locks, "keep", lambda *told: kept.append(told))

    warehouse.beats.follow_up()

    assert kept == []


class Failing(SessionStore):
    """MongoDB does not answer the first time."""

    tries = 0

    def note_beats(self, touches):
        self.tries += 1
        if self.tries == 1:
            raise AutoReconnect
        return super().note_beats(touches)


def test_what_a_beat_left_to_be_done_is_tried_again_where_it_failed(warehouse):
    beats = beaten(warehouse, Failing(warehouse.db))
    with pytest.raises(AutoReconnect):
        beats.follow_up()

    beats.follow_up()
    beats.follow_up()

    assert words_of(warehouse) == ["claimed", "renewed"]


def test_what_failed_until_its_lease_was_over_is_not_tried_again(warehouse, clock):
    beats = beaten(warehouse, Failing(warehouse.db))
    clock.move(61)
    with pytest.raises(AutoReconnect):
        beats.follow_up()

    beats.follow_up()

    assert words_of(warehouse) == ["claimed"]


def test_beats_of_one_session_that_meet_are_told_once_with_the_queue_told_last(warehouse):
    plan_racks(warehouse, "G-01")
    lease = claim(warehouse, "G-01", ADA)
    for queue in ({"queue_length": 7}, {"queue_length": 5, "queue_age_s": 9}, {}):
        warehouse.heartbeats.beat(lease.session_id, by=ADA, **queue)

    warehouse.beats.follow_up()

    told = [e.data for e in warehouse.event_log.since(0) if e.data["type"] == "heartbeat"]
    assert [(word["queue_length"], word["queue_age_s"]) for word in told] == [(5, 9)]


def test_a_batch_locks_its_rack_and_tells_of_its_progress_alone(warehouse, clock):
    plan_racks(warehouse, "G-01")
    lease = claim(warehouse, "G-01", ADA)
    clock.move(50)
    warehouse.batches.sync([a_record(lease.session_id)], by=ADA)

    warehouse.beats.follow_up()

    assert words_of(warehouse) == ["claimed"]
    assert warehouse.locks.get_rack_lock_ttl("G-01") > 50


def test_a_batch_and_a_beat_that_meet_are_told_as_a_beat(warehouse, clock):
    plan_racks(warehouse, "G-01")
    lease = claim(warehouse, "G-01", ADA)
    for batch in ([a_record(lease.session_id)], [a_record(lease.session_id)]):
        clock.move(10)
        warehouse.heartbeats.beat(lease.session_id, by=ADA)
        clock.move(10)
        warehouse.batches.sync(batch, by=ADA)

    warehouse.beats.follow_up()

    assert words_of(warehouse) == ["claimed", "renewed"]
