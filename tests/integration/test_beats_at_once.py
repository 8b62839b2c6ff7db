"""A device's heartbeat and its batch, side by side, after its lease ran out: both keep the rack."""

from __future__ import annotations

import pytest

from app.racks.heartbeats import Heartbeats
from app.racks.rack import LeaseLimits, LeaseState
from app.racks.store import RackStore
from tests.support.builders import an_identity, claim, plan_racks, session

ADA = an_identity("ada")


class Overtaken(RackStore):
    """Between a beat's look at the rack and its attempt to get it back, another beat is first."""

    def revive(self, session, **limits):
        assert super().revive(session, **limits)
        return super().revive(session, **limits)


@pytest.fixture
def lease(warehouse, clock):
    plan_racks(warehouse, "G-01")
    lease = claim(warehouse, "G-01", ADA)
    clock.move(61)
    assert warehouse.leases.expire_due() == 1
    return lease


def test_a_beat_that_another_of_its_session_overtook_finds_the_lease_held(warehouse, lease):
    parts = warehouse.locks, warehouse.publish, warehouse.clock
    heartbeats = Heartbeats(Overtaken(warehouse.db), *parts, limits=LeaseLimits())

    renewal = heartbeats.beat(lease.session_id, by=ADA)

    assert renewal.state is LeaseState.HELD
    assert session(warehouse, lease.session_id).status == "active"
