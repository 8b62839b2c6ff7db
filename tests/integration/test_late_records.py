"""A count that comes too late is parked whole, never dropped, and never mixed into another's."""

from __future__ import annotations

from datetime import timedelta

import pytest
from msgspec.structs import replace

from app.sync.documents import Draft
from app.sync.records import Accepted, ConflictType, Parked, Same
from app.sync.store import RecordStore
from tests.support.builders import (
    NOON,
    a_record,
    a_record_json,
    an_identity,
    batches_on,
    claim,
    session,
)
from tests.support.phones import holders, only_conflict, stored

ADA, BOB = an_identity("ada"), an_identity("bob")
SUPERVISOR = an_identity("supervisor", "supervisor")


def let_expire(warehouse, clock):
    clock.move(61)
    assert warehouse.sweep.expire_due() == 1


def standing(warehouse, record_id):
    """A record without what was withdrawn of it, which is kept apart."""
    kept = stored(warehouse, record_id)
    return {name: kept[name] for name in kept if name != "withdrawn"}


def withdrawn(warehouse, record_id):
    """The quantities that were withdrawn of a record."""
    return [each["verified_qty"] for each in stored(warehouse, record_id)["withdrawn"]]


def figures(phone, session_id):
    stats = phone.get(f"/api/sessions/{session_id}/stats").json
    return stats["records"], stats["pieces"]


# After the lease


def test_a_count_after_somebody_else_claimed_is_parked_whole(
    ada, bob, session_id, warehouse, clock
):
    let_expire(warehouse, clock)
    theirs = bob.claim("G-01")
    record = a_record_json(
        session_id,
        rack_id="G-01",
        floor="Ground",
        serial_numbers=["SN1"],
        evidence_photos=["p1"],
        condition_details="crushed",
        mfg_date="2025-01",
        mrp=2.5,
        base_rev=0,
        device_id="d1",
        client_seq=1,
    )
    conflict = only_conflict(ada.sync(record))
    assert conflict["conflict_type"] == "stale_lease"
    assert conflict["details"] == {"fence": 1, "fence_now": 2, "holder": "Bob"}
    kept = ada.get(f"/api/sync/conflicts/{conflict['conflict_id']}").json
    assert {name: kept["payload"][name] for name in record} == record
    assert (kept["rack_id"], kept["floor"], kept["username"]) == ("G-01", "Ground", "ada")
    assert (kept["status"], kept["session_id"]) == ("open", session_id)
    assert stored(warehouse, record["client_record_id"]) is None
    assert figures(bob, theirs) == (0, 0)
    assert holders(warehouse) == {}


def test_an_expired_lease_that_nobody_took_comes_back_with_a_sync(
    ada, bob, session_id, warehouse, clock
):
    let_expire(warehouse, clock)
    ada.count(session_id)
    assert ada.get(f"/api/sessions/{session_id}").json["status"] == "active"
    assert bob.post("/api/racks/G-01/claim").json["code"] == "rack_locked"


def test_a_sync_of_an_expired_lease_never_brings_back_anothers(
    ada, bob, session_id, warehouse, clock
):
    let_expire(warehouse, clock)
    bob.sync(a_record_json(session_id))
    assert ada.get(f"/api/sessions/{session_id}").json["status"] == "expired"


def test_a_count_after_the_finish_finds_the_session_closed(ada, session_id):
    ada.finish(session_id)
    conflict = only_conflict(ada.sync(a_record_json(session_id)))
    assert conflict["conflict_type"] == "session_closed"
    assert conflict["details"] == {"status": "completed"}


def test_a_count_after_a_forced_release_finds_the_session_closed(ada, session_id, warehouse):
    warehouse.leases.force_release("G-01", by=SUPERVISOR, reason="break")
    conflict = only_conflict(ada.sync(a_record_json(session_id)))
    assert conflict["conflict_type"] == "session_closed"
    assert conflict["details"] == {"status": "released"}


def test_a_count_at_a_rack_that_another_counts_is_rack_locked(ada, bob, session_id):
    bob.claim("G-02")
    conflict = only_conflict(ada.sync(a_record_json(session_id, rack_id="G-02")))
    assert conflict["conflict_type"] == "rack_locked"
    assert conflict["details"] == {"rack_id": "G-02", "holder": "Bob"}
    assert ada.get(f"/api/sync/conflicts/{conflict['conflict_id']}").json["rack_id"] == "G-02"


@pytest.mark.parametrize(("named", "shown"), [("G-02", "G-02"), ("X-99", "G-01")])
def test_a_count_at_a_free_or_unknown_rack_is_at_the_wrong_rack(ada, session_id, named, shown):
    conflict = only_conflict(ada.sync(a_record_json(session_id, rack_id=named)))
    assert conflict["conflict_type"] == "wrong_rack"
    kept = ada.get(f"/api/sync/conflicts/{conflict['conflict_id']}").json
    assert (kept["rack_id"], kept["payload"]["rack_id"]) == (shown, named)


# Judged in time, written too late


class Racing(RecordStore):
    """Before its first write somebody else takes the rack."""

    def __init__(self, db, take_the_rack):
        super().__init__(db)
        self.take_the_rack = take_the_rack

    def write(self, drafts):
        self.take_the_rack()
        return super().write(drafts)


@pytest.fixture
def race(warehouse, clock):
    """`race(*records)`: Ada's batch, with Bob taking G-01 between its judgement and its write."""

    def bob_takes_it():
        let_expire(warehouse, clock)
        claim(warehouse, "G-01", BOB)

    def sync(*records, take=bob_takes_it):
        batches = batches_on(warehouse, Racing(warehouse.db, take))
        outcome = batches.sync(records, by=ADA)
        batches.news.follow_up()
        return [verdict for _, verdict in outcome.verdicts]

    return sync


@pytest.fixture
def lease(ada, warehouse):
    return claim(warehouse, "G-01", ADA)


def retry(warehouse, *records):
    return [verdict for _, verdict in warehouse.batches.sync(records, by=ADA).verdicts]


def test_a_write_that_lost_the_race_for_its_rack_is_parked(race, ada, lease, warehouse):
    record = a_record(lease.session_id, serial_numbers=("SN1",))
    (verdict,) = race(record)
    assert verdict.conflict_type is ConflictType.STALE_LEASE
    assert stored(warehouse, record.client_record_id)["sync_status"] == "parked"
    assert figures(ada, lease.session_id) == (0, 0)
    assert holders(warehouse) == {}
    progress = ada.get(f"/api/sessions/{lease.session_id}").json["progress"]
    assert (progress["records"], progress["pieces"]) == (0, 0)
    conflict = warehouse.db.sync_conflicts.find_one()
    assert conflict["conflict_id"] == verdict.conflict_id
    assert conflict["payload"]["serial_numbers"] == ["SN1"]


def test_a_retry_of_what_lost_the_race_is_the_same_conflict(race, lease, warehouse):
    record = a_record(lease.session_id)
    first, copy = race(record, record)
    assert copy == first
    assert retry(warehouse, record) == [replace(first, already=True)]
    assert warehouse.db.sync_conflicts.count_documents({}) == 1


def test_a_crash_before_the_conflict_is_kept_loses_nothing(race, lease, warehouse):
    record = a_record(lease.session_id)
    (first,) = race(record)
    warehouse.db.sync_conflicts.delete_many({})  # as if the server was killed before it kept it
    (second,) = retry(warehouse, record)
    assert second == first
    assert warehouse.db.sync_conflicts.count_documents({}) == 1


def test_a_late_update_leaves_the_accepted_version_in_the_count(race, ada, lease, warehouse):
    record = a_record(lease.session_id, serial_numbers=("SN1",))
    retry(warehouse, record)
    before = standing(warehouse, record.client_record_id)
    newer = replace(
        record,
        verified_qty=12,
        serial_numbers=("SN2",),
        updated_at=NOON + timedelta(minutes=1),
    )
    (verdict,) = race(newer)
    assert verdict.conflict_type is ConflictType.STALE_LEASE
    assert standing(warehouse, record.client_record_id) == before
    assert withdrawn(warehouse, record.client_record_id) == [12]
    assert figures(ada, lease.session_id) == (1, 10)
    assert holders(warehouse) == {"SN1": record.client_record_id}
    assert retry(warehouse, record) == [Same(rev=1)]
    assert retry(warehouse, newer) == [replace(verdict, already=True)]


def test_late_updates_over_each_other_all_leave_the_count(race, lease, warehouse):
    record = a_record(lease.session_id)
    retry(warehouse, record)
    before = standing(warehouse, record.client_record_id)
    newer = [
        replace(record, verified_qty=10 + n, updated_at=NOON + timedelta(minutes=n))
        for n in range(1, 5)
    ]
    assert {v.conflict_type for v in race(*newer[:2])} == {ConflictType.STALE_LEASE}
    assert standing(warehouse, record.client_record_id) == before


def test_who_took_a_serial_that_a_late_version_gave_up_is_parked_too(race, ada, lease, warehouse):
    """The version that has the serial stands again: two counts would have it."""
    record = a_record(lease.session_id, serial_numbers=("SN1",))
    retry(warehouse, record)
    later = NOON + timedelta(minutes=1)
    without = replace(record, serial_numbers=(), updated_at=later)
    taker = a_record(claim(warehouse, "G-02", ADA).session_id, serial_numbers=("SN1",))
    other = a_record(taker.session_id)

    def bob_takes_the_first_rack():
        if session(warehouse, lease.session_id).is_open:
            warehouse.leases.force_release("G-01", by=SUPERVISOR, reason="break")
            claim(warehouse, "G-01", BOB)

    verdicts = race(taker, without, other, take=bob_takes_the_first_rack)

    assert [getattr(verdict, "conflict_type", None) for verdict in verdicts] == [
        ConflictType.DUPLICATE_SERIAL,
        ConflictType.STALE_LEASE,
        None,
    ]
    assert verdicts[0].details["held_by"] == record.client_record_id
    assert holders(warehouse) == {"SN1": record.client_record_id}
    assert stored(warehouse, taker.client_record_id)["sync_status"] == "parked"
    assert figures(ada, taker.session_id) == (1, 10)


@pytest.mark.parametrize("first", [0, 1])
def test_two_late_writes_are_taken_back_in_either_order(lease, warehouse, first):
    record = a_record(lease.session_id)
    store = RecordStore(warehouse.db)
    retry(warehouse, record)
    before = standing(warehouse, record.client_record_id)
    drafts = []
    for n in (1, 2):
        newer = replace(record, verified_qty=10 + n, updated_at=NOON + timedelta(minutes=n))
        drafts.append(_draft(warehouse, store, newer))
        store.write(drafts[-1:])
    assert stored(warehouse, record.client_record_id)["rev"] == 3
    store.take_back([drafts[first]])
    store.take_back([drafts[1 - first]])
    assert standing(warehouse, record.client_record_id) == before
    assert sorted(withdrawn(warehouse, record.client_record_id)) == [11, 12]


def _draft(warehouse, store, record):
    return Draft(
        versions=[record],
        ground=store.known([record.client_record_id]).get(record.client_record_id),
        session=warehouse.standing.sessions([record.session_id])[record.session_id],
        known_items=set(),
        received_at=warehouse.clock.now(),
    )


def test_only_the_records_of_the_lost_rack_are_parked(race, lease, warehouse):
    other = claim(warehouse, "G-02", ADA)

    def bob_takes_g_01():
        warehouse.leases.release("G-01", by=ADA)
        claim(warehouse, "G-01", BOB)

    late, good = race(a_record(lease.session_id), a_record(other.session_id), take=bob_takes_g_01)
    assert isinstance(late, Parked)
    assert good == Accepted(rev=1)


def test_a_supervisor_may_still_count_what_lost_the_race(race, phone, ada, lease, warehouse):
    record = a_record(lease.session_id, serial_numbers=("SN1",))
    (verdict,) = race(record)
    body = {"resolution": "accept_client", "note": "Seen."}
    answer = phone("supervisor").post(f"/api/sync/conflicts/{verdict.conflict_id}/resolve", body)
    assert answer.status_code == 200
    kept = stored(warehouse, record.client_record_id)
    assert (kept["sync_status"], kept["fence"]) == ("synced", 1)
    assert figures(ada, lease.session_id) == (1, 10)
    assert holders(warehouse) == {"SN1": record.client_record_id}
    assert retry(warehouse, record) == [Same(rev=kept["rev"])]
