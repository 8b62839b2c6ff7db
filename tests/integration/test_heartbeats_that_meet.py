"""Signs of life that share their commands: each comes to what it comes to alone."""

from __future__ import annotations

import pytest

from app.racks.changes import Touch
from app.racks.lease_store import LeaseStore
from app.racks.rack import Queue
from app.racks.session_store import SessionStore
from tests.support.builders import an_identity, claim, plan_racks, rack, session

ADA = an_identity("ada")
BEN = an_identity("ben")
TTL = 60


@pytest.fixture
def held(warehouse):
    """Ada has G-01 and gave G-03 back, Ben has G-02; their leases."""
    plan_racks(warehouse, "G-01", "G-02", "G-03")
    claims = [("G-01", ADA), ("G-02", BEN), ("G-03", ADA)]
    leases = {rack_id: claim(warehouse, rack_id, by) for rack_id, by in claims}
    warehouse.leases.release("G-03", by=ADA)
    return leases


@pytest.fixture
def touch_of(held, clock):
    """`touch_of(rack, by)`: a sign of life of the session that had the rack, at this moment."""
    return lambda at, by, **more: Touch(held[at].session_id, by.user_id, clock.now(), TTL, **more)


def test_each_lease_is_prolonged_that_its_own_user_holds_at_the_rack_that_is_named(
    warehouse, clock, touch_of
):
    clock.move(25)
    touches = [
        touch_of("G-01", ADA),
        touch_of("G-02", BEN, rack_id="G-02"),
        touch_of("G-02", BEN, rack_id="G-01"),
        touch_of("G-02", ADA),
        touch_of("G-03", ADA),
        touch_of("G-01", ADA),
    ]
    store = LeaseStore(warehouse.db)

    found = store.touch(touches)

    assert [each and each.rack_id for each in found] == ["G-01", "G-02", None, None, None, "G-01"]
    assert found == [store.touch([touch])[0] for touch in touches]
    for rack_id in ("G-01", "G-02"):
        kept = rack(warehouse, rack_id)
        assert kept.last_heartbeat == clock.now()
        assert (kept.lease_expires_at - clock.now()).total_seconds() == TTL


def test_what_is_no_news_is_not_written_and_a_queue_is_always(warehouse, clock, touch_of):
    before = rack(warehouse, "G-02")
    clock.move(4)
    touches = [touch_of("G-01", ADA, queue=Queue(length=3)), touch_of("G-02", BEN)]

    found = LeaseStore(warehouse.db).touch(touches)

    assert [each.last_heartbeat == clock.now() for each in found] == [True, False]
    assert found[1] == before == rack(warehouse, "G-02")


def test_each_session_notes_its_own_queue(warehouse, clock, held, touch_of):
    clock.move(25)
    nobody = Touch("nobody", ADA.user_id, clock.now(), TTL)
    touches = [
        touch_of("G-01", ADA, queue=Queue(length=3, age_s=9)),
        nobody,
        touch_of("G-02", BEN),
    ]
    store = SessionStore(warehouse.db)

    found = store.note_beats(touches)

    assert [each and (each.rack_id, each.queue) for each in found] == [
        ("G-01", Queue(length=3, age_s=9)),
        None,
        ("G-02", None),
    ]
    assert store.note_beats([nobody]) == [None]
    for rack_id in ("G-01", "G-02"):
        assert session(warehouse, held[rack_id].session_id).last_heartbeat == clock.now()
