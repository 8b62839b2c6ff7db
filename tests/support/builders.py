"""Racks, people and counts for tests, with what a test does not care about filled in."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import uuid4

from app.auth.identity import Account, Holder, Identity, Role
from app.racks.leases import ClaimWish, Leases
from app.racks.rack import (
    CountSession,
    LeaseLimits,
    Progress,
    Rack,
    RackStatus,
    SessionStatus,
)
from app.racks.store import RackStore
from app.sessions.finish import FinishWish
from app.stocktakes.campaigns import MAIN_WAREHOUSE
from app.sync.batch import Batches
from app.sync.conflict_store import ConflictStore
from app.sync.records import CountRecord, RecordStatus, plain
from app.sync.rules import World
from app.sync.store import RecordStore

FLOORS = {"G": "Ground", "F": "First", "S": "Second"}
NOON = datetime(2025, 12, 11, 12, 0, tzinfo=UTC)


def an_identity(username="counter", role=Role.COUNTER, **fields):
    """A verified caller. `an_identity("supervisor", Role.SUPERVISOR)` is the account of that name
    which every test warehouse has.
    """
    known = {"user_id": f"u-{username}", "name": username.title(), "sign_in_id": f"in-{username}"}
    return Identity(**{"username": username, "role": role, **known, **fields})


def an_account(username="counter", role=Role.COUNTER, **fields):
    """An account as kept, active unless `fields` say otherwise."""
    known = {"user_id": f"u-{username}", "name": username.title(), "active": True}
    return Account(**{"username": username, "role": role, "created_at": NOON, **known, **fields})


def a_rack(**fields):
    """A rack for rules: free, never counted, unless `fields` say otherwise."""
    known = dict.fromkeys(Rack.__dataclass_fields__)
    usual = {
        "rack_id": "G-01",
        "floor": "Ground",
        "row": 1,
        "column": 1,
        "warehouse": MAIN_WAREHOUSE,
        "status": RackStatus.AVAILABLE,
        "fence": 0,
        "pass_no": 1,
        "recount": False,
        "blind": False,
        "expected_items": 0,
        "counted_by": (),
        "fence_above": 0,
        "stocktake_id": "main",
    }
    return Rack(**{**known, **usual, **fields})


def a_held_rack(by, **fields):
    """A rack that `by` counts."""
    held = {"status": RackStatus.ACTIVE, "fence": 1, "session_id": "s1", "last_session_id": "s1"}
    times = {"claimed_at": NOON, "lease_expires_at": NOON, "last_heartbeat": NOON}
    return a_rack(**{**held, **times, "holder": Holder.of(by), **fields})


def a_session(**fields):
    """A session at rack G-01 under its first fence."""
    usual = {
        "session_id": "s1",
        "rack_id": "G-01",
        "floor": "Ground",
        "warehouse": MAIN_WAREHOUSE,
        "stocktake_id": None,
        "holder": Holder.of(an_identity()),
        "status": SessionStatus.ACTIVE,
        "fence": 1,
        "pass_no": 1,
        "blind": False,
        "started_at": NOON,
        "last_heartbeat": NOON,
        "completed_at": None,
        "ended_reason": None,
        "counted_items": frozenset(),
        "progress": Progress(),
    }
    return CountSession(**{**usual, **fields})


def a_world(*, by=None, session=None, racks=None, **fields):
    """Ada counts G-01 in session s1, and nothing was counted yet."""
    ada = an_identity("ada")
    session = session or a_session(holder=Holder.of(ada))
    usual = {"records": {}, "parked": {}, "items": {"85123A"}}
    return World(
        by=by or ada,
        sessions={session.session_id: session},
        racks={rack.rack_id: rack for rack in racks or [a_held_rack(ada)]},
        **usual | fields,
    )


def plan_racks(warehouse, *rack_ids, blind=False):
    """Put racks on the floor plan, in the open stocktake; the first letter is the floor."""
    rows = [
        {"rack_id": rack_id, "floor": FLOORS[rack_id[0]], "zone": "A", "row": 1, "column": column}
        for column, rack_id in enumerate(rack_ids, start=1)
    ]
    warehouse.floor_plan.load(rows, MAIN_WAREHOUSE)
    warehouse.stocktakes.ensure_open(blind=blind)


def claim(warehouse, rack_id, by, **wish):
    """Claim a rack; the Lease."""
    return warehouse.leases.claim(rack_id, by=by, wish=ClaimWish(**wish))


def leases_on(warehouse, lease_store):
    """The moves on another LeaseStore: one that lets something happen between two steps."""
    return Leases(
        RackStore(warehouse.db),
        lease_store,
        warehouse.locks,
        warehouse.publish,
        warehouse.clock,
        heartbeats=warehouse.heartbeats,
        limits=LeaseLimits(),
    )


def batches_on(warehouse, records=None, kind=Batches):
    """Batches over another RecordStore, or of another kind: something happens between two steps."""
    return kind(
        records or RecordStore(warehouse.db),
        ConflictStore(warehouse.db),
        warehouse.standing,
        warehouse.heartbeats,
        warehouse.catalogue,
        warehouse.publish,
        warehouse.clock,
    )


def rack(warehouse, rack_id):
    """The rack as it is now."""
    return warehouse.standing.racks([rack_id])[rack_id]


def session(warehouse, session_id):
    """The session as it is now."""
    return warehouse.standing.sessions([session_id])[session_id]


def open_sessions(warehouse, by):
    """The sessions that `by` has open."""
    return [s for s in warehouse.standing.open_sessions(by) if s.holder.user_id == by.user_id]


def complete(warehouse, lease, by):
    """Finish the rack of a lease."""
    return warehouse.finish.complete(lease.session_id, FinishWish(), by=by)


def told(warehouse, after=0):
    """The events so far as (type, rack), without those about sessions."""
    log = warehouse.event_log.since(after)
    return [(e.data["type"], e.data["rack_id"]) for e in log if e.name == "rack:update"]


def a_record(session_id, **fields):
    """A count of ten pieces, under an id of its own."""
    usual = {
        "client_record_id": f"c-{uuid4().hex[:12]}",
        "item_code": "85123A",
        "verified_qty": 10,
        "status": RecordStatus.FINALIZED,
        "created_at": NOON,
        "updated_at": NOON,
    }
    return CountRecord(session_id=session_id, **{**usual, **fields})


def a_record_json(session_id, **fields):
    """The same as a device sends it; `fields` are of the wire and may be wrong on purpose."""
    record = a_record(session_id)
    sent = {name: plain(getattr(record, name)) for name in _SENT}
    told = {name: value for name, value in sent.items() if value is not None}
    return {**told, "status": record.status.value, **fields}


_SENT = CountRecord.__struct_fields__
