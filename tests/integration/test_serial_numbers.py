"""A serial number is counted once: a unique index decides, and what is given up is free."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from functools import partial

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.sync.documents import Draft
from app.sync.holds import Hold
from app.sync.serial_store import SerialStore
from app.sync.store import RecordStore
from tests.support.builders import NOON, a_record, a_record_json, an_identity, claim, plan_racks
from tests.support.phones import holders, only_conflict, stored
from tests.support.together import at_once

LATER = "2025-12-11T12:05:00Z"
SUPERVISOR = an_identity("supervisor", "supervisor")


def test_a_serial_of_a_stored_record_is_a_duplicate(ada, bob, session_id, warehouse):
    first = ada.count(session_id, serial_numbers=["SN1"])
    second = a_record_json(bob.claim("G-02"), serial_numbers=["SN0", "SN1"])
    conflict = only_conflict(bob.sync(second))
    assert conflict["conflict_type"] == "duplicate_serial"
    held_by = first["client_record_id"]
    assert conflict["details"] == {"serial_number": "SN1", "held_by": held_by}
    assert stored(warehouse, second["client_record_id"]) is None


def test_a_serial_earlier_in_the_batch_is_a_duplicate(ada, session_id):
    first, second = (a_record_json(session_id, serial_numbers=["SN1"]) for _ in "12")
    answer = ada.sync(first, second)
    assert answer["ok"] == [first["client_record_id"]]
    assert answer["conflicts"][0]["details"]["held_by"] == first["client_record_id"]


def test_the_other_serials_of_a_parked_record_are_free(ada, session_id, warehouse):
    ada.count(session_id, serial_numbers=["SN1"])
    ada.sync(a_record_json(session_id, serial_numbers=["SN1", "SN2"]))
    third = ada.count(session_id, serial_numbers=["SN2"])
    assert holders(warehouse)["SN2"] == third["client_record_id"]


def test_a_record_is_no_duplicate_of_one_that_was_parked(ada, session_id, warehouse):
    ada.count(session_id, serial_numbers=["SN1"])
    parked = a_record_json(session_id, serial_numbers=["SN1", "SN2"])
    good = a_record_json(session_id, serial_numbers=["SN2"])
    answer = ada.sync(parked, good)
    assert answer["ok"] == [good["client_record_id"]]
    assert [c["client_record_id"] for c in answer["conflicts"]] == [parked["client_record_id"]]
    assert holders(warehouse)["SN2"] == good["client_record_id"]


def test_what_no_version_has_in_the_end_is_free(ada, session_id, warehouse):
    """A chain of versions is judged anew from its first one where the last one clashes."""
    ada.count(session_id, serial_numbers=["SN1", "SN3"])
    first = a_record_json(session_id, serial_numbers=["SN1", "SN2"])
    without = first | {"serial_numbers": []}
    last = first | {"serial_numbers": ["SN2", "SN3"], "updated_at": LATER}
    ada.sync(first, without, last)
    assert "SN2" not in holders(warehouse)
    ada.count(session_id, serial_numbers=["SN2"])


def test_a_serial_is_free_when_dropped_though_a_version_that_clashed_wanted_it_too(
    ada, session_id, warehouse
):
    """The clash had noted a later revision of the record at the number, which did not come."""
    ada.count(session_id, serial_numbers=["SN1"])
    record = ada.count(session_id, serial_numbers=["SN2"])
    both = record | {"serial_numbers": ["SN1", "SN2"], "updated_at": LATER}
    ada.sync(record | {"serial_numbers": ["SN1"], "base_rev": 1}, both)
    ada.sync(record | {"serial_numbers": [], "updated_at": LATER})
    assert set(holders(warehouse)) == {"SN1"}


def test_a_version_that_waited_for_a_serial_keeps_the_one_before_it_whole(
    ada, session_id, warehouse
):
    """The first version is written while the second one waits for another round."""
    ada.count(session_id, serial_numbers=["SN1"])
    clash = a_record_json(session_id, serial_numbers=["SN1", "SN2"])
    first = a_record_json(session_id, verified_qty=7)
    second = first | {"verified_qty": 8, "serial_numbers": ["SN2"], "base_rev": 1}
    answer = ada.sync(clash, first, second)
    assert set(answer["ok"]) == {first["client_record_id"]}
    kept = stored(warehouse, first["client_record_id"])
    assert (kept["rev"], kept["verified_qty"]) == (2, 8)
    assert [(v["rev"], v["verified_qty"]) for v in kept["history"]] == [(1, 7)]
    progress = ada.get(f"/api/sessions/{session_id}").json["progress"]
    assert (progress["records"], progress["pieces"]) == (2, 18)


def test_what_a_killed_process_reserved_for_an_earlier_version_is_free_once_that_is_sent_again(
    ada, session_id, warehouse
):
    first = ada.count(session_id, serial_numbers=["SN1"])
    ada.sync(first | {"serial_numbers": [], "updated_at": LATER})
    record_id = first["client_record_id"]
    left = {"serial_number": "SN1", "client_record_id": record_id, "rev": 1}
    warehouse.db.item_serials.insert_one(left)
    assert ada.sync(first)["ok"] == [record_id]
    ada.count(session_id, serial_numbers=["SN1"])


def test_two_records_that_want_each_others_serials_are_settled_in_one_batch(
    ada, session_id, warehouse
):
    one, other = (ada.count(session_id, serial_numbers=[serial]) for serial in ("SN1", "SN2"))
    wants_theirs = other | {"serial_numbers": ["SN1"], "base_rev": 1}
    wants_both = one | {"serial_numbers": ["SN1", "SN2"], "updated_at": LATER}
    answer = ada.sync(wants_theirs, wants_both)
    assert answer["errors"] == []
    assert {c["conflict_type"] for c in answer["conflicts"]} == {"duplicate_serial"}
    mine, theirs = one["client_record_id"], other["client_record_id"]
    assert holders(warehouse) == {"SN1": mine, "SN2": theirs}


def test_a_clash_of_the_second_version_leaves_the_first(ada, session_id, warehouse):
    ada.count(session_id, serial_numbers=["SN1"])
    first = a_record_json(session_id)
    second = first | {"serial_numbers": ["SN1"], "updated_at": LATER}
    answer = ada.sync(first, second)
    assert answer["ok"] == [first["client_record_id"]]
    assert [c["conflict_type"] for c in answer["conflicts"]] == ["duplicate_serial"]
    assert stored(warehouse, first["client_record_id"])["rev"] == 1


def test_of_parallel_batches_one_gets_each_serial(phone, ada, session_id, warehouse):
    phones = [phone("ada") for _ in range(6)]
    batches = [
        [a_record_json(session_id, serial_numbers=[f"SN{n}", f"X{k}-{n}"]) for n in range(10)]
        for k in range(6)
    ]
    answers = at_once(*(partial(p.sync, *b) for p, b in zip(phones, batches, strict=True)))
    won = [record_id for answer in answers for record_id in answer["ok"]]
    lost = [c for answer in answers for c in answer["conflicts"]]
    assert not any(answer["errors"] for answer in answers)
    assert {c["conflict_type"] for c in lost} == {"duplicate_serial"}
    held = holders(warehouse)
    assert sorted(held[f"SN{n}"] for n in range(10)) == sorted(won)
    assert Counter(held.values()) == dict.fromkeys(won, 2)
    assert len(won) + len(lost) == 60


def test_a_retry_finds_its_own_serials(ada, session_id):
    record = ada.count(session_id, serial_numbers=["SN1", "SN2"])
    assert ada.sync(record)["ok"] == [record["client_record_id"]]


def test_an_update_frees_the_serials_it_dropped(ada, session_id, warehouse):
    record = ada.count(session_id, serial_numbers=["SN1", "SN2"])
    ada.sync(record | {"serial_numbers": ["SN2", "SN3"], "base_rev": 1})
    assert set(holders(warehouse)) == {"SN2", "SN3"}
    ada.count(session_id, serial_numbers=["SN1"])


@pytest.mark.parametrize("order", [1, -1])
def test_a_serial_may_move_between_records_of_one_batch(ada, session_id, warehouse, order):
    wrong = ada.count(session_id, serial_numbers=["SN1"])
    without = wrong | {"serial_numbers": [], "base_rev": 1}
    right = a_record_json(session_id, serial_numbers=["SN1"])
    answer = ada.sync(*[without, right][::order])
    assert set(answer["ok"]) == {wrong["client_record_id"], right["client_record_id"]}
    assert holders(warehouse) == {"SN1": right["client_record_id"]}
    assert "serial_numbers" not in stored(warehouse, wrong["client_record_id"])


def test_an_update_that_clashes_keeps_the_serials_it_had(ada, session_id, warehouse):
    ada.count(session_id, serial_numbers=["SN1"])
    record = ada.count(session_id, serial_numbers=["SN2"])
    clash = record | {"serial_numbers": ["SN1", "SN3"], "base_rev": 1}
    assert only_conflict(ada.sync(clash))["conflict_type"] == "duplicate_serial"
    held = holders(warehouse)
    assert held["SN2"] == record["client_record_id"]
    assert "SN3" not in held
    assert stored(warehouse, record["client_record_id"])["serial_numbers"] == ["SN2"]


def test_a_newer_lease_takes_over_the_serials_of_its_rack(ada, bob, session_id, warehouse, clock):
    first = ada.count(session_id, serial_numbers=["SN1"])
    clock.move(61)
    warehouse.sweep.expire_due()
    second = bob.count(bob.claim("G-01"), serial_numbers=["SN1"])
    assert holders(warehouse) == {"SN1": second["client_record_id"]}
    assert stored(warehouse, first["client_record_id"])["serial_numbers"] == ["SN1"]


def test_a_recount_finds_the_serials_of_the_first_pass(ada, bob, session_id, warehouse):
    first = ada.count(session_id, serial_numbers=["SN1"])
    ada.finish(session_id)
    warehouse.leases.recount("G-01", by=SUPERVISOR, reason="odd")
    second = bob.count(bob.claim("G-01"), serial_numbers=["SN1"])
    assert stored(warehouse, second["client_record_id"])["pass"] == 2
    assert stored(warehouse, first["client_record_id"])["serial_numbers"] == ["SN1"]
    assert holders(warehouse) == {"SN1": second["client_record_id"]}


@pytest.fixture
def recount_id(ada, bob, session_id, warehouse):
    """Bob's session of the second pass; Ada counted SN1 in the first, and Bob SN9 elsewhere."""
    ada.count(session_id, client_record_id="first", serial_numbers=["SN1"])
    bob.count(bob.claim("G-02"), client_record_id="elsewhere", serial_numbers=["SN9"])
    ada.finish(session_id)
    warehouse.leases.recount("G-01", by=SUPERVISOR, reason="odd")
    return bob.claim("G-01")


def test_a_recount_that_is_parked_leaves_the_first_pass_its_serials(
    ada, bob, recount_id, warehouse
):
    conflict = only_conflict(bob.sync(a_record_json(recount_id, serial_numbers=["SN1", "SN9"])))
    assert conflict["details"]["held_by"] == "elsewhere"
    assert holders(warehouse) == {"SN1": "first", "SN9": "elsewhere"}
    again = a_record_json(ada.claim("G-03"), serial_numbers=["SN1"])
    assert only_conflict(ada.sync(again))["details"]["held_by"] == "first"


def test_a_serial_that_a_recount_drops_is_the_first_passs_again(bob, recount_id, warehouse):
    recount = bob.count(recount_id, serial_numbers=["SN1"])
    bob.sync(recount | {"serial_numbers": [], "base_rev": 1})
    assert holders(warehouse) == {"SN1": "first", "SN9": "elsewhere"}


def test_a_serial_that_a_recount_gave_back_moves_within_its_batch(bob, recount_id, warehouse):
    wrong = bob.count(recount_id, serial_numbers=["SN1"])
    right = a_record_json(recount_id, serial_numbers=["SN1"])
    answer = bob.sync(wrong | {"serial_numbers": [], "base_rev": 1}, right)
    assert len(answer["ok"]) == 2
    assert holders(warehouse)["SN1"] == right["client_record_id"]


RACKS = ("G-01", "G-02")
COUNTS = st.lists(
    st.tuples(st.sampled_from("ab"), st.sets(st.sampled_from(["S1", "S2", "S3"]), max_size=2)),
    max_size=4,
)
STEPS = st.tuples(st.sampled_from(RACKS), st.booleans(), COUNTS)


def latest_with(warehouse):
    """The count of each serial that its rack's newest lease has, or an older one."""
    found = warehouse.db.verification_records.find().sort("fence", 1)
    return {s: r["client_record_id"] for r in found for s in r.get("serial_numbers", ())}


@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(steps=st.lists(STEPS, max_size=8))
def test_whatever_leases_count_and_drop_a_serial_is_the_latest_counts_that_has_it(
    warehouse, clock, steps
):
    for name in ("verification_records", "item_serials", "sync_conflicts"):
        warehouse.db[name].delete_many({})
    plan_racks(warehouse, *RACKS)
    ada = an_identity("ada")
    leases = {rack_id: claim(warehouse, rack_id, ada) for rack_id in RACKS}
    for number, (rack_id, changes_hands, counts) in enumerate(steps):
        clock.move(1)
        if changes_hands:
            warehouse.leases.release(rack_id, by=ada)
            leases[rack_id] = claim(warehouse, rack_id, ada)
        lease = leases[rack_id]
        records = [
            a_record(
                lease.session_id,
                client_record_id=f"{name} of {lease.session_id}",
                serial_numbers=tuple(sorted(serials)),
                updated_at=NOON + timedelta(minutes=number),
            )
            for name, serials in counts
        ]
        warehouse.batches.sync(records, by=ada)
        assert holders(warehouse) == latest_with(warehouse)


def a_draft(warehouse, session_id, received_at, **fields):
    """What a batch is about to write when its process is killed."""
    return Draft(
        versions=[a_record(session_id, **fields)],
        ground=None,
        session=warehouse.standing.sessions([session_id])[session_id],
        known_items=set(),
        received_at=received_at,
    )


class Slow(SerialStore):
    """After it looked whose a serial is, that count gives it up."""

    def __init__(self, db):
        super().__init__(db, RecordStore(db).having)
        self._records = db.verification_records

    def _heirs(self, holds, s):
        heirs = super()._heirs(holds, s)
        without = {"$unset": {"serial_numbers": ""}, "$inc": {"rev": 1}}
        for heir in heirs.values():
            self._records.update_one({"client_record_id": heir.client_record_id}, without)
        return heirs


def test_a_serial_that_is_given_up_while_it_is_given_back_is_free(recount_id, warehouse, clock):
    draft = a_draft(warehouse, recount_id, clock.now(), serial_numbers=("SN1",))
    store = Slow(warehouse.db)
    store.reserve([draft])
    assert holders(warehouse)["SN1"] == draft.id
    store.free([Hold("SN1", draft.id, 1)])
    assert set(holders(warehouse)) == {"SN9"}


def test_a_retry_after_a_crash_between_serials_and_record_is_ok(ada, session_id, warehouse, clock):
    record = a_record_json(session_id, serial_numbers=["SN1"])
    draft = a_draft(
        warehouse,
        session_id,
        clock.now(),
        client_record_id=record["client_record_id"],
        serial_numbers=("SN1",),
    )
    assert RecordStore(warehouse.db).serials.reserve([draft]) == {}
    assert ada.sync(record)["ok"] == [record["client_record_id"]]
    assert holders(warehouse) == {"SN1": record["client_record_id"]}


def test_a_newer_version_keeps_a_serial_that_an_older_one_frees(ada, session_id, warehouse):
    record = ada.count(session_id, serial_numbers=["SN1"])
    record_id = record["client_record_id"]
    ada.sync(record | {"verified_qty": 11, "base_rev": 1})
    RecordStore(warehouse.db).serials.free([Hold("SN1", record_id, 1)])  # a batch that was slow
    assert holders(warehouse) == {"SN1": record_id}
