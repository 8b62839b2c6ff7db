"""A batch costs a fixed number of round trips, whatever its size."""

from __future__ import annotations

from datetime import timedelta
from itertools import count

import pytest
from msgspec.structs import replace

from tests.support.builders import NOON, a_record, an_identity, claim, plan_racks
from tests.support.catalogue import a_row
from tests.support.round_trips import counted_batches

ADA = an_identity("ada")
NUMBERS = count()
MOST_MONGO = 23
MOST_REDIS = 1


@pytest.fixture
def lease(warehouse):
    plan_racks(warehouse, "G-01", "G-02", "G-03")
    return claim(warehouse, "G-01", ADA)


@pytest.fixture
def counting(settings, clock):
    with counted_batches(settings, clock) as counting:
        yield counting


@pytest.fixture
def counted(counting, lease):
    batches, _, _, trips = counting
    batches.sync([a_record(lease.session_id)], by=ADA)
    batches.news.follow_up()  # connections and scripts are there now
    return batches, trips


@pytest.fixture
def heartbeats(counting):
    return counting[1]


@pytest.fixture
def beats(counting):
    return counting[2]


def plain(session_id, number):
    return [a_record(session_id, client_seq=n + 1, device_id="d1") for n in range(number)]


def with_serials(session_id, number):
    return [a_record(session_id, serial_numbers=(f"SN{next(NUMBERS)}",)) for _ in range(number)]


def impossible(session_id, number):
    return [a_record(session_id, verified_qty=1, damage_qty=2) for _ in range(number)]


def taken_serials(session_id, number):
    """Records whose serials the first record of a fresh batch has already."""
    return [a_record(session_id, serial_numbers=("TAKEN",)) for _ in range(number)]


def unknown_items(session_id, number):
    return [a_record(session_id, item_code=f"I{next(NUMBERS)}") for _ in range(number)]


def known_items(session_id, number):
    return [a_record(session_id, item_code=f"K{n}") for n in range(number)]


KINDS = [plain, with_serials, impossible, taken_serials, unknown_items, known_items]


@pytest.mark.parametrize("kind", KINDS)
def test_one_record_and_500_cost_the_same(counted, lease, warehouse, kind):
    batches, trips = counted
    warehouse.imports.load_items([a_row(f"K{n}") for n in range(500)])
    batches.sync([a_record(lease.session_id, serial_numbers=("TAKEN",))], by=ADA)
    one = trips.of(batches.sync, kind(lease.session_id, 1), by=ADA)
    many = trips.of(batches.sync, kind(lease.session_id, 500), by=ADA)
    assert one == many
    mongo, redis = one
    assert 0 < mongo <= MOST_MONGO
    assert redis <= MOST_REDIS


@pytest.mark.parametrize("serials", [False, True])
def test_one_update_and_500_cost_the_same(counted, lease, serials):
    batches, trips = counted
    records = (with_serials if serials else plain)(lease.session_id, 501)
    batches.sync(records, by=ADA)
    newer = [replace(r, verified_qty=9, updated_at=NOON + timedelta(minutes=1)) for r in records]
    one = trips.of(batches.sync, newer[:1], by=ADA)
    assert trips.of(batches.sync, newer[1:], by=ADA) == one


@pytest.mark.parametrize("kind", [plain, with_serials, impossible])
def test_one_retry_and_500_cost_the_same(counted, lease, kind):
    batches, trips = counted
    records = kind(lease.session_id, 500)
    batches.sync(records, by=ADA)
    one = trips.of(batches.sync, records[:1], by=ADA)
    assert trips.of(batches.sync, records, by=ADA) == one


def test_a_retry_leaves_nothing_to_be_done(counted, lease):
    batches, trips = counted
    records = with_serials(lease.session_id, 10)
    batches.sync(records, by=ADA)
    assert trips.of(batches.news.follow_up) == (2, 1)
    batches.sync(records, by=ADA)
    assert trips.of(batches.news.follow_up) == (0, 0)


def test_the_cost_of_a_batch_over_three_racks_is_that_of_two(counted, lease, warehouse):
    others = [claim(warehouse, rack_id, ADA) for rack_id in ("G-02", "G-03")]
    batches, trips = counted
    sessions = [each.session_id for each in (lease, *others)]

    def over(racks):
        records = [record for s in sessions[:racks] for record in plain(s, 2)]
        return trips.of(batches.sync, records, by=ADA)

    one = over(1)
    assert over(2) == over(3) == (one[0] + 1, one[1])


def test_a_plain_batch_asks_each_thing_once(counted, lease, clock):
    batches, trips = counted
    clock.move(25)
    before = len(trips.mongo)
    batches.sync(plain(lease.session_id, 3), by=ADA)
    asked = [(name, body[name]) for name, body in trips.mongo[before:]]
    assert asked == [
        ("aggregate", "verification_sessions"),
        ("insert", "verification_records"),
        ("findAndModify", "rack_registry"),
        ("findAndModify", "device_sequences"),
    ]


def test_what_a_batch_asks_reads_no_collection_whole(counted, lease, warehouse):
    batches, trips = counted
    warehouse.imports.load_items([a_row(f"K{n}") for n in range(50)])
    before = len(trips.mongo)
    batches.sync([a_record(lease.session_id, rack_id="G-01", item_code="K1")], by=ADA)
    name, asked = trips.mongo[before]
    assert name == "aggregate"
    command = {key: asked[key] for key in ("aggregate", "pipeline", "cursor")}

    plan = str(warehouse.db.command("explain", command, verbosity="executionStats"))

    assert "COLLSCAN" not in plan
    for index in ("session_id_1", "rack_id_1", "item_code_1", "client_record_id_1"):
        assert index in plan


def test_what_is_answered_ok_was_read_and_written_safely(counted, lease):
    """A record that another request is still writing may be lost: a retry may not call it ok."""
    batches, trips = counted
    batches.sync(taken_serials(lease.session_id, 2), by=ADA)  # one of them is parked
    before = len(trips.mongo)
    batches.sync(with_serials(lease.session_id, 1), by=ADA)
    sent = trips.mongo[before:]
    safe = {"verification_records", "sync_conflicts"}
    reads = [body for name, body in sent if name == "find" and body["find"] in safe]
    assert [body["readConcern"] for body in reads] == [{"level": "majority"}] * 2
    writes = [body for name, body in sent if name == "insert"]
    assert [body["insert"] for body in writes] == ["item_serials", "verification_records"]
    assert all(body["writeConcern"] == {"w": "majority", "j": True} for body in writes)


def test_a_batch_right_after_another_prolongs_no_lease_anew(counted, lease, clock, warehouse):
    batches, _ = counted
    batches.sync(plain(lease.session_id, 3), by=ADA)
    then = warehouse.db.rack_registry.find_one({"rack_id": "G-01"})
    clock.move(1)
    batches.sync(plain(lease.session_id, 3), by=ADA)
    assert warehouse.db.rack_registry.find_one({"rack_id": "G-01"}) == then


def test_a_lease_is_kept_and_its_fence_looked_at_in_one_trip_however_the_batch_ends(
    counted, lease, clock, warehouse
):
    batches, trips = counted
    clock.move(25)
    before = len(trips.mongo)
    batches.sync(impossible(lease.session_id, 1), by=ADA)
    asked = [(name, body[name]) for name, body in trips.mongo[before:]]
    assert [name for name, what in asked if what == "rack_registry"] == ["findAndModify"]
    assert warehouse.db.rack_registry.find_one({"rack_id": "G-01"})["last_heartbeat"] == clock.now()


def test_a_heartbeat_asks_the_rack_once_and_redis_never(counted, lease, clock, heartbeats):
    _, trips = counted
    clock.move(25)
    before = len(trips.mongo)
    assert trips.of(heartbeats.beat, lease.session_id, by=ADA) == (1, 0)
    name, body = trips.mongo[before]
    assert (name, body[name]) == ("findAndModify", "rack_registry")


def test_what_heartbeats_leave_to_be_done_costs_the_same_for_two_and_for_three(
    counted, lease, warehouse, clock, heartbeats, beats
):
    _, trips = counted
    leases = [lease, *(claim(warehouse, rack_id, ADA) for rack_id in ("G-02", "G-03"))]
    costs = []
    for number in (2, 3):
        clock.move(25)
        for each in leases[:number]:
            heartbeats.beat(each.session_id, by=ADA)
        costs.append(trips.of(beats.follow_up))
    assert costs[0] == costs[1]
    assert trips.of(beats.follow_up) == (0, 0)


def test_a_heartbeat_right_after_another_asks_the_rack_alone_and_writes_nothing(
    counted, lease, clock, heartbeats, warehouse
):
    _, trips = counted
    heartbeats.beat(lease.session_id, by=ADA)
    then = warehouse.db.rack_registry.find_one({"rack_id": "G-01"})
    clock.move(1)
    before = len(trips.mongo)
    heartbeats.beat(lease.session_id, by=ADA)
    asked = [(name, body[name]) for name, body in trips.mongo[before:]]
    assert asked == [("findAndModify", "rack_registry")]
    assert warehouse.db.rack_registry.find_one({"rack_id": "G-01"}) == then
