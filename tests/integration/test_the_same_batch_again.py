"""A phone on bad Wi-Fi sends what it sent before: as if it was sent once."""

from __future__ import annotations

from functools import partial

from tests.support.builders import a_record_json
from tests.support.phones import only_conflict, stored
from tests.support.together import at_once


def everything(warehouse):
    """All that a batch can leave behind, but for who is alive."""
    db = warehouse.db
    names = ("verification_records", "item_serials", "sync_conflicts", "device_sequences")
    shown = ("records", "pieces", "counted_items")
    sessions = db.verification_sessions.find({}, dict.fromkeys(shown, 1))
    return [list(db[name].find().sort("_id", 1)) for name in names], list(sessions)


def a_mixed_batch(session_id):
    """Two good records, one with serials, a conflict and a bad record."""
    return [
        a_record_json(session_id, device_id="d1", client_seq=1),
        a_record_json(session_id, verified_qty=1, damage_qty=2, device_id="d1", client_seq=2),
        a_record_json(session_id, verified_qty=-1),
        a_record_json(session_id, serial_numbers=["SN1", "SN2"], device_id="d1", client_seq=3),
    ]


def told(answer):
    """An answer without how long it took."""
    return {name: value for name, value in answer.items() if name != "processing_time_ms"}


def test_a_retry_after_a_lost_answer_changes_nothing(ada, session_id, warehouse):
    batch = a_mixed_batch(session_id)
    first = ada.sync(*batch)
    before = everything(warehouse)
    assert told(ada.sync(*batch)) == told(first)
    assert everything(warehouse) == before


def test_a_retry_tells_nobody_a_second_time(ada, session_id, warehouse):
    batch = a_mixed_batch(session_id)
    ada.sync(*batch)
    last = warehouse.event_log.last_id()
    ada.sync(*batch)
    assert list(warehouse.event_log.since(last)) == []


def test_the_same_batch_from_eight_threads_is_stored_once(phone, ada, session_id, warehouse):
    batch = [
        a_record_json(session_id, serial_numbers=[f"SN{n}"] if n % 2 else []) for n in range(40)
    ]
    phones = [phone("ada") for _ in range(8)]
    answers = at_once(*(partial(one.sync, *batch) for one in phones))
    ids = [record["client_record_id"] for record in batch]
    assert all(answer["ok"] == ids for answer in answers)
    assert all(set(answer["revisions"].values()) == {1} for answer in answers)
    records = list(warehouse.db.verification_records.find())
    assert sorted(r["client_record_id"] for r in records) == sorted(ids)
    assert all(r["history"] == [] for r in records)
    shown = ada.get(f"/api/sessions/{session_id}").json["progress"]
    assert (shown["records"], shown["pieces"]) == (40, 400)


def test_a_retry_is_ok_after_the_lease_went_to_another(phone, ada, session_id, clock, warehouse):
    record = ada.count(session_id)
    clock.move(61)
    warehouse.sweep.expire_due()
    phone("bob").claim("G-01")
    before = everything(warehouse)
    assert ada.sync(record)["ok"] == [record["client_record_id"]]
    assert everything(warehouse) == before


def test_a_retry_is_ok_after_the_session_was_completed(ada, session_id, warehouse):
    record = ada.count(session_id)
    assert ada.finish(session_id).status_code == 200
    assert ada.sync(record)["ok"] == [record["client_record_id"]]
    assert stored(warehouse, record["client_record_id"])["rev"] == 1


def test_a_late_duplicate_of_an_earlier_version_is_ok(ada, session_id, warehouse):
    first = ada.count(session_id)
    second = first | {"verified_qty": 12, "base_rev": 1}
    ada.sync(second)
    answer = ada.sync(first)
    assert answer["ok"] == [first["client_record_id"]]
    assert answer["revisions"] == {first["client_record_id"]: 2}
    assert stored(warehouse, first["client_record_id"])["verified_qty"] == 12


def test_one_record_twice_in_a_batch_is_stored_once(ada, session_id, warehouse):
    record = a_record_json(session_id)
    answer = ada.sync(record, record)
    assert answer["ok"] == [record["client_record_id"]] * 2
    assert answer["total_records"] == 2
    assert stored(warehouse, record["client_record_id"])["rev"] == 1


def test_two_versions_in_a_batch_become_two_revisions(ada, session_id, warehouse):
    first = a_record_json(session_id)
    second = first | {"verified_qty": 12, "updated_at": "2025-12-11T12:00:01Z"}
    answer = ada.sync(first, second)
    assert answer["revisions"] == {first["client_record_id"]: 2}
    kept = stored(warehouse, first["client_record_id"])
    assert (kept["rev"], kept["verified_qty"]) == (2, 12)
    assert [version["verified_qty"] for version in kept["history"]] == [10]


def test_a_copy_in_the_batch_shares_the_fate_of_its_original(ada, session_id, warehouse):
    ada.count(session_id, serial_numbers=["SN1"])
    record = a_record_json(session_id, serial_numbers=["SN1"])
    answer = ada.sync(record, record)
    assert answer["ok"] == []
    assert [c["conflict_type"] for c in answer["conflicts"]] == ["duplicate_serial"] * 2
    assert stored(warehouse, record["client_record_id"]) is None
    assert warehouse.db.sync_conflicts.count_documents({}) == 1


def test_a_retry_of_a_conflict_is_the_same_conflict(ada, session_id, warehouse):
    record = a_record_json(session_id, verified_qty=1, damage_qty=2)
    first = only_conflict(ada.sync(record))
    ada.finish(session_id)
    assert only_conflict(ada.sync(record)) == first
    assert warehouse.db.sync_conflicts.count_documents({}) == 1


def test_how_a_record_travelled_makes_no_other_content(ada, session_id, warehouse):
    record = ada.count(session_id)
    again = record | {"device_id": "d2", "client_seq": 7, "base_rev": 1, "floor": "First"}
    assert ada.sync(again)["revisions"] == {record["client_record_id"]: 1}
    assert stored(warehouse, record["client_record_id"])["device_id"] is None


def test_a_batch_cut_off_between_records_is_completed_by_its_retry(ada, session_id, warehouse):
    batch = [a_record_json(session_id) for _ in range(6)]
    ada.sync(*batch)
    gone = [record["client_record_id"] for record in batch[::2]]
    warehouse.db.verification_records.delete_many({"client_record_id": {"$in": gone}})
    assert len(ada.sync(*batch)["ok"]) == 6
    assert warehouse.db.verification_records.count_documents({"rev": 1}) == 6


def test_what_was_sent_before_may_stand_among_new_counts(ada, session_id, warehouse):
    same, corrected = ada.count(session_id), ada.count(session_id)
    newer = corrected | {"verified_qty": 12, "updated_at": "2025-12-11T12:00:01Z"}
    first, last = a_record_json(session_id), a_record_json(session_id)
    answer = ada.sync(first, same, newer, last)
    ids = [record["client_record_id"] for record in (first, same, newer, last)]
    assert answer["ok"] == ids
    assert answer["revisions"] == dict(zip(ids, (1, 1, 2, 1), strict=True))
    kept = stored(warehouse, newer["client_record_id"])
    assert [version["verified_qty"] for version in kept["history"]] == [10]


def test_among_counts_that_came_too_late_one_that_was_stored_is_ok(ada, session_id, warehouse):
    known = ada.count(session_id)
    wrong = a_record_json(session_id, verified_qty=1, damage_qty=2)
    conflict = only_conflict(ada.sync(wrong))
    ada.finish(session_id)
    answer = ada.sync(a_record_json(session_id), known, wrong, a_record_json(session_id))
    assert answer["ok"] == [known["client_record_id"]]
    found = {c["conflict_type"]: c for c in answer["conflicts"]}
    assert found["invalid_quantity"] == conflict
    assert len(answer["conflicts"]) == 3
    assert warehouse.db.sync_conflicts.count_documents({}) == 3


def test_an_older_count_among_new_ones_is_stale(ada, session_id, warehouse):
    kept = ada.count(session_id)
    older = kept | {"verified_qty": 9, "updated_at": "2024-12-11T12:00:01Z"}
    answer = ada.sync(a_record_json(session_id), older, a_record_json(session_id))
    assert [c["conflict_type"] for c in answer["conflicts"]] == ["stale_update"]
    assert len(answer["ok"]) == 2
    assert stored(warehouse, kept["client_record_id"])["verified_qty"] == 10
