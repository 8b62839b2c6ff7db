"""A count is corrected: the newer version wins, and nothing of the earlier ones is lost."""

from __future__ import annotations

from functools import partial

from tests.support.builders import a_record_json
from tests.support.phones import only_conflict, only_error, stored
from tests.support.together import at_once

LATER = "2025-12-11T12:05:00.000Z"
EARLIER = "2025-12-11T11:55:00.000Z"


def test_a_newer_time_makes_the_next_revision(ada, session_id, warehouse):
    record = ada.count(session_id)
    answer = ada.sync(record | {"verified_qty": 12, "updated_at": LATER})
    assert answer["revisions"] == {record["client_record_id"]: 2}
    assert stored(warehouse, record["client_record_id"])["verified_qty"] == 12


def test_the_history_keeps_earlier_versions_whole(ada, session_id, warehouse, clock):
    record = ada.count(
        session_id, serial_numbers=["SN1"], device_id="d1", client_seq=1, mrp=2.5, uom="EA"
    )
    first = stored(warehouse, record["client_record_id"])
    clock.move(5)
    ada.sync(record | {"verified_qty": 12, "updated_at": LATER, "device_id": "d2"})
    second = stored(warehouse, record["client_record_id"])
    ada.sync(record | {"verified_qty": 13, "base_rev": 2, "serial_numbers": []})
    third = stored(warehouse, record["client_record_id"])
    for version in (first, second):
        version.pop("history")
        version.pop("client_record_id")
    assert third["history"] == [first, second]
    assert third["rev"] == 3
    assert "serial_numbers" not in third


def test_versions_of_one_batch_are_each_kept_whole(ada, session_id, warehouse):
    first = a_record_json(session_id, device_id="d1", client_seq=1, item_code="A")
    second = first | {"verified_qty": 12, "updated_at": LATER, "client_seq": 2, "item_code": "B"}
    ada.sync(first, second)
    (kept,) = stored(warehouse, first["client_record_id"])["history"]
    assert (kept["rev"], kept["item_code"], kept["client_seq"]) == (1, "A", 1)
    assert kept["received_at"]


def test_an_older_version_is_a_conflict_that_shows_both_sides(ada, session_id, warehouse):
    record = ada.count(session_id, condition_details="mine", mrp=1.5)
    older = record | {"verified_qty": 12, "updated_at": EARLIER, "condition_details": "old"}
    conflict = only_conflict(ada.sync(older))
    assert conflict["conflict_type"] == "stale_update"
    server, client = conflict["details"]["server"], conflict["details"]["client"]
    assert (server["verified_qty"], server["condition_details"], server["mrp"]) == (10, "mine", 1.5)
    assert (client["verified_qty"], client["updated_at"]) == (12, EARLIER)
    assert conflict["details"]["server_rev"] == 1
    assert stored(warehouse, record["client_record_id"])["verified_qty"] == 10


def test_the_losing_side_of_a_stale_update_is_kept_whole(ada, session_id):
    record = ada.count(session_id)
    older = record | {
        "verified_qty": 12,
        "updated_at": EARLIER,
        "serial_numbers": ["SN9"],
        "evidence_photos": ["p1"],
        "device_id": "d1",
        "client_seq": 4,
        "floor": "Ground",
    }
    conflict_id = only_conflict(ada.sync(older))["conflict_id"]
    payload = ada.get(f"/api/sync/conflicts/{conflict_id}").json["payload"]
    assert {name: payload[name] for name in older} == older


def test_a_base_revision_decides_over_a_clock_that_lies(ada, session_id, warehouse):
    record = ada.count(session_id)
    answer = ada.sync(record | {"verified_qty": 12, "updated_at": EARLIER, "base_rev": 1})
    assert answer["revisions"] == {record["client_record_id"]: 2}
    far_ahead = record | {"verified_qty": 99, "updated_at": "2099-01-01T00:00:00Z", "base_rev": 1}
    assert only_conflict(ada.sync(far_ahead))["conflict_type"] == "stale_update"
    assert stored(warehouse, record["client_record_id"])["verified_qty"] == 12


def test_a_count_based_anew_on_the_servers_revision_is_accepted(ada, session_id, warehouse):
    record = ada.count(session_id)
    ada.sync(record | {"verified_qty": 12, "base_rev": 1})
    mine = record | {"verified_qty": 11, "base_rev": 1}
    server_rev = only_conflict(ada.sync(mine))["details"]["server_rev"]
    answer = ada.sync(mine | {"base_rev": server_rev})
    assert answer["revisions"] == {record["client_record_id"]: 3}
    assert stored(warehouse, record["client_record_id"])["verified_qty"] == 11


def test_a_base_revision_of_a_record_nobody_has_is_a_first_one(ada, session_id):
    record = a_record_json(session_id, base_rev=7)
    assert ada.sync(record)["revisions"] == {record["client_record_id"]: 1}


def test_of_parallel_versions_one_wins_each_revision_and_none_is_lost(
    phone, ada, session_id, warehouse
):
    record = ada.count(session_id)
    record_id = record["client_record_id"]
    rivals = [record | {"verified_qty": 20 + n, "base_rev": 1} for n in range(8)]
    phones = [phone("ada") for _ in rivals]
    answers = at_once(*(partial(p.sync, r) for p, r in zip(phones, rivals, strict=True)))
    assert sorted(len(answer["ok"]) for answer in answers) == [0] * 7 + [1]
    kept = stored(warehouse, record_id)
    assert kept["rev"] == 2
    parked = [c["payload"]["verified_qty"] for c in warehouse.db.sync_conflicts.find()]
    assert sorted([kept["verified_qty"], *parked]) == list(range(20, 28))


def test_parallel_newer_versions_line_up_without_a_gap(phone, ada, session_id, warehouse):
    record = ada.count(session_id)
    times = [f"2025-12-11T12:0{n}:00Z" for n in range(1, 5)]
    rivals = [record | {"verified_qty": 20 + n, "updated_at": t} for n, t in enumerate(times)]
    phones = [phone("ada") for _ in rivals]
    at_once(*(partial(p.sync, r) for p, r in zip(phones, rivals, strict=True)))
    kept = stored(warehouse, record["client_record_id"])
    versions = [*kept["history"], kept]
    assert [version["rev"] for version in versions] == list(range(1, len(versions) + 1))
    accepted = [version["verified_qty"] for version in versions[1:]]
    parked = [c["payload"]["verified_qty"] for c in warehouse.db.sync_conflicts.find()]
    assert sorted(accepted + parked) == [20, 21, 22, 23]
    assert accepted == sorted(accepted)
    assert kept["verified_qty"] == 23


def test_an_id_of_the_counters_own_other_session_is_refused(ada, session_id, warehouse):
    record = ada.count(session_id)
    other = ada.claim("G-02")
    error = only_error(
        ada.sync(record | {"session_id": other, "verified_qty": 12, "updated_at": LATER})
    )
    assert error["error_type"] == "invalid_record"
    assert set(error["details"]) == {"client_record_id"}
    assert stored(warehouse, record["client_record_id"])["verified_qty"] == 10
