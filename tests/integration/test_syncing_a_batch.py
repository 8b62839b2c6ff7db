"""One batch: what it may hold, and what its answer says of each record."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.sync.records import Accepted, Parked, Refused, Same
from tests.support.builders import (
    NOON,
    a_record,
    a_record_json,
    an_identity,
    claim,
    plan_racks,
)
from tests.support.catalogue import a_row
from tests.support.phones import Phone, holders, only_error, stored


def test_a_good_record_is_answered_as_the_contract_shows(ada, session_id):
    record = a_record_json(session_id, client_record_id="c1")
    answer = ada.sync(record, batch_id="b1")
    assert 0 < answer.pop("processing_time_ms") < 10_000
    assert answer == {
        "ok": ["c1"],
        "conflicts": [],
        "errors": [],
        "batch_id": "b1",
        "total_records": 1,
        "results": [{"id": "c1", "success": True, "message": None}],
        "revisions": {"c1": 1},
        "gaps": [],
    }


def test_each_record_stands_in_exactly_one_of_the_lists(ada, session_id):
    good = a_record_json(session_id)
    clash = a_record_json(session_id, verified_qty=1, damage_qty=2)
    bad = a_record_json(session_id, verified_qty=-1)
    answer = ada.sync(clash, bad, good)
    (conflict,), (error,) = answer["conflicts"], answer["errors"]
    assert answer["ok"] == [good["client_record_id"]]
    assert set(conflict) == {
        "client_record_id",
        "conflict_id",
        "conflict_type",
        "message",
        "details",
    }
    assert conflict["client_record_id"] == clash["client_record_id"]
    assert set(error) == {"client_record_id", "error_type", "message", "details"}
    assert error["client_record_id"] == bad["client_record_id"]
    assert error["error_type"] == "invalid_record"
    assert set(error["details"]) == {"verified_qty"}
    assert answer["total_records"] == 3
    assert [line["success"] for line in answer["results"]] == [False, False, True]
    assert [line["id"] for line in answer["results"]] == [
        record["client_record_id"] for record in (clash, bad, good)
    ]
    assert all(line["message"] for line in answer["results"][:2])


def test_a_stored_record_carries_whom_where_and_under_which_lease(
    ada, session_id, warehouse, clock
):
    sent = {
        "item_code": "85123A",
        "verified_qty": 10.5,
        "damage_qty": 1,
        "serial_numbers": ["SN1"],
        "mfg_date": "2025-01",
        "mrp": 2.55,
        "uom": "EA",
        "category": "Holder",
        "subcategory": "Hanging",
        "item_condition": "good",
        "condition_details": "scratched",
        "evidence_photos": ["p1"],
        "status": "partial",
        "device_id": "d1",
        "client_seq": 1,
    }
    record = ada.count(session_id, **sent)
    kept = stored(warehouse, record["client_record_id"])
    assert {name: kept[name] for name in sent} == sent
    assert kept["created_at"] == kept["updated_at"] == NOON
    assert kept["received_at"] == clock.now()
    assert (kept["user_id"], kept["username"]) == (ada.user_id, "ada")
    assert (kept["session_id"], kept["rack_id"], kept["floor"]) == (session_id, "G-01", "Ground")
    assert (kept["fence"], kept["pass"], kept["rev"]) == (1, 1, 1)
    assert kept["stocktake_id"]


@pytest.mark.parametrize("number", [0, 501])
def test_a_batch_of_none_or_too_many_is_refused_whole(ada, session_id, warehouse, number):
    records = [a_record_json(session_id) for _ in range(number)]
    answer = ada.post("/api/sync/batch", {"records": records})
    assert answer.status_code == 400
    assert answer.json["code"] == "invalid_request"
    assert set(answer.json["errors"]) == {"records"}
    assert warehouse.db.verification_records.count_documents({}) == 0


def test_a_batch_of_500_is_taken_whole(ada, session_id, warehouse):
    records = [a_record_json(session_id) for _ in range(500)]
    answer = ada.sync(*records)
    assert answer["ok"] == [record["client_record_id"] for record in records]
    assert warehouse.db.verification_records.count_documents({}) == 500


@pytest.mark.parametrize("body", [{}, {"records": None}, {"records": {}}, {"records": "c1"}])
def test_records_that_are_no_list_are_refused_by_name(ada, body):
    answer = ada.post("/api/sync/batch", body)
    assert answer.status_code == 400
    assert set(answer.json["errors"]) == {"records"}


@pytest.mark.parametrize("batch_id", [7, "x" * 129, "a\nb", ["b1"]])
def test_an_odd_batch_id_is_refused_by_name(ada, session_id, warehouse, batch_id):
    body = {"records": [a_record_json(session_id)], "batch_id": batch_id}
    answer = ada.post("/api/sync/batch", body)
    assert answer.status_code == 400
    assert set(answer.json["errors"]) == {"batch_id"}
    assert warehouse.db.verification_records.count_documents({}) == 0


@pytest.mark.parametrize("batch", [{}, {"batch_id": None}])
def test_a_batch_needs_no_name_of_its_own(ada, session_id, batch):
    answer = ada.post("/api/sync/batch", {"records": [a_record_json(session_id)], **batch})
    assert answer.json["batch_id"] is None


def test_a_null_among_the_records_is_refused_alone(ada, session_id):
    record = a_record_json(session_id)
    answer = ada.sync(None, record)
    assert answer["ok"] == [record["client_record_id"]]
    assert [error["error_type"] for error in answer["errors"]] == ["invalid_record"]
    assert answer["errors"][0]["client_record_id"] is None


def test_only_bad_records_are_answered_one_by_one(ada):
    answer = ada.sync(7, {}, {"client_record_id": "c1"})
    assert [error["client_record_id"] for error in answer["errors"]] == [None, None, "c1"]


def test_an_item_that_the_catalogue_lacks_is_accepted_and_marked(ada, session_id, warehouse):
    warehouse.imports.load_items([a_row("85123A")])
    known = ada.count(session_id, item_code="85123A")
    unknown = ada.count(session_id, item_code="NO-SUCH")
    assert stored(warehouse, known["client_record_id"])["item_known"] is True
    assert stored(warehouse, unknown["client_record_id"])["item_known"] is False


def test_a_record_without_a_rack_is_of_its_sessions_rack(ada, session_id, warehouse):
    record = ada.count(session_id)
    assert "rack_id" not in record
    assert stored(warehouse, record["client_record_id"])["rack_id"] == "G-01"


def test_one_batch_may_count_for_several_sessions(ada, session_id, warehouse):
    other = ada.claim("G-02")
    records = [a_record_json(session_id), a_record_json(other), a_record_json("nowhere")]
    answer = ada.sync(*records)
    assert len(answer["ok"]) == 2
    assert [error["error_type"] for error in answer["errors"]] == ["unknown_session"]
    racks = [stored(warehouse, record_id)["rack_id"] for record_id in answer["ok"]]
    assert racks == ["G-01", "G-02"]


def test_a_count_of_an_unknown_session_is_one_error(ada, session_id):
    error = only_error(ada.sync(a_record_json("nowhere", client_record_id="c1")))
    assert (error["client_record_id"], error["error_type"]) == ("c1", "unknown_session")


@pytest.mark.parametrize("role", ["auditor"])
def test_who_may_not_count_may_not_sync(app, session_id, role):
    answer = Phone(app, role).post("/api/sync/batch", {"records": [a_record_json(session_id)]})
    assert answer.status_code == 403


def test_a_record_that_the_database_refuses_may_be_sent_again(ada, session_id, warehouse):
    records = warehouse.db.verification_records.name
    warehouse.db.command("collMod", records, validator={"item_code": {"$ne": "REFUSED"}})
    good = a_record_json(session_id)
    bad = a_record_json(session_id, item_code="REFUSED", serial_numbers=["SN1"])
    answer = ada.sync(bad, good, bad)
    assert answer["ok"] == [good["client_record_id"]]
    assert [error["error_type"] for error in answer["errors"]] == ["storage_error"] * 2
    assert all(error["details"] == {"retryable": True} for error in answer["errors"])
    assert holders(warehouse) == {}
    warehouse.db.command("collMod", records, validator={})
    assert ada.sync(bad)["ok"] == [bad["client_record_id"]]


# Sequence numbers of a device


def numbered(session_id, *numbers, device_id="d1"):
    return [a_record_json(session_id, device_id=device_id, client_seq=n) for n in numbers]


def test_holes_in_a_devices_numbers_are_reported(ada, session_id):
    assert ada.sync(*numbered(session_id, 1, 2, 3))["gaps"] == []
    assert ada.sync(*numbered(session_id, 5, 8))["gaps"] == [
        {"device_id": "d1", "from": 4, "to": 4},
        {"device_id": "d1", "from": 6, "to": 7},
    ]
    assert ada.sync(*numbered(session_id, 9))["gaps"] == []


def test_a_retry_reports_no_hole_that_is_none(ada, session_id):
    batch = numbered(session_id, 1, 2)
    ada.sync(*batch)
    assert ada.sync(*batch)["gaps"] == []
    assert ada.sync(*numbered(session_id, 3))["gaps"] == []


def test_a_parked_record_leaves_no_hole(ada, session_id):
    parked = a_record_json(session_id, verified_qty=0, damage_qty=1, device_id="d1", client_seq=2)
    first, third = numbered(session_id, 1, 3)
    assert ada.sync(first, parked, third)["gaps"] == []


def test_a_number_seen_only_by_a_killed_server_leaves_no_hole(ada, session_id, warehouse):
    batch = numbered(session_id, 1, 2)
    ada.sync(*batch)
    warehouse.db.device_sequences.delete_many({})  # killed between the write and the note
    ada.sync(*batch)
    assert ada.sync(*numbered(session_id, 3))["gaps"] == []


def test_each_device_has_numbers_of_its_own(ada, session_id):
    ada.sync(*numbered(session_id, 1, 2))
    answer = ada.sync(*numbered(session_id, 3), *numbered(session_id, 2, device_id="d2"))
    assert answer["gaps"] == [{"device_id": "d2", "from": 1, "to": 1}]


# Progress


def progress(ada, session_id):
    shown = ada.get(f"/api/sessions/{session_id}").json["progress"]
    return shown["records"], shown["items"], shown["pieces"]


def test_progress_counts_each_record_once(ada, session_id):
    first = ada.count(session_id, item_code="A", verified_qty=3)
    ada.sync(first)
    assert progress(ada, session_id) == (1, 1, 3)
    newer = first | {"verified_qty": 5, "base_rev": 1}
    ada.sync(newer, a_record_json(session_id, item_code="B", verified_qty=2))
    ada.sync(newer)
    assert progress(ada, session_id) == (2, 2, 7)


def test_what_is_parked_or_refused_makes_no_progress(ada, session_id):
    ada.sync(
        a_record_json(session_id, verified_qty=1, damage_qty=2),
        a_record_json(session_id, verified_qty=-1),
    )
    assert progress(ada, session_id) == (0, 0, 0)
    stats = ada.get(f"/api/sessions/{session_id}/stats").json
    assert (stats["records"], stats["open_conflicts"]) == (0, 1)


# Any batches

ADA = an_identity("ada")
LINES = st.fixed_dictionaries(
    {
        "client_record_id": st.sampled_from("abcd"),
        "verified_qty": st.integers(0, 2),
        "damage_qty": st.integers(0, 1),
        "updated_at": st.integers(0, 3).map(lambda n: NOON + timedelta(minutes=n)),
        "base_rev": st.none() | st.integers(0, 3),
        "serial_numbers": st.sets(st.sampled_from(["S1", "S2", "S3"]), max_size=2)
        .map(sorted)
        .map(tuple),
    }
)


def outcome_of(warehouse, records):
    return warehouse.batches.sync(records, by=ADA).verdicts


def made_in(warehouse, session_id):
    """Records and pieces of a session's progress, once it is told."""
    warehouse.batches.news.follow_up()
    progress = warehouse.standing.sessions([session_id])[session_id].progress
    return progress.records, progress.pieces


def everything(warehouse):
    db = warehouse.db
    kept = {r["client_record_id"]: r for r in db.verification_records.find({}, {"_id": 0})}
    conflicts = {c["conflict_id"]: c for c in db.sync_conflicts.find({}, {"_id": 0})}
    return kept, holders(warehouse), conflicts


@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(batches=st.lists(st.lists(LINES, min_size=1, max_size=6), min_size=1, max_size=3))
def test_any_batches_leave_records_serials_and_conflicts_whole(warehouse, batches):
    for name in ("verification_records", "item_serials", "sync_conflicts"):
        warehouse.db[name].delete_many({})
    plan_racks(warehouse, "G-01")
    session_id = claim(warehouse, "G-01", ADA).session_id
    before = made_in(warehouse, session_id)
    for lines in batches:
        records = [a_record(session_id, **line) for line in lines]
        verdicts = outcome_of(warehouse, records)
        kept, held, conflicts = everything(warehouse)

        assert [record_id for record_id, _ in verdicts] == [r.client_record_id for r in records]
        for record, (record_id, verdict) in zip(records, verdicts, strict=True):
            if isinstance(verdict, Accepted | Same):
                versions = [*kept[record_id]["history"], kept[record_id]]
                assert record.fingerprint in {v["fingerprint"] for v in versions}
                assert [v["rev"] for v in versions] == list(range(1, len(versions) + 1))
            else:
                assert isinstance(verdict, Parked), verdict
                payload = conflicts[verdict.conflict_id]["payload"]
                assert payload["verified_qty"] == record.verified_qty
                assert payload["serial_numbers"] == list(record.serial_numbers)
        serials = [(s, r) for r, doc in kept.items() for s in doc.get("serial_numbers", ())]
        assert sorted(serials) == sorted(held.items())
        pieces = [record["verified_qty"] for record in kept.values()]
        number, counted = made_in(warehouse, session_id)
        assert (number - before[0], counted - before[1]) == (len(pieces), sum(pieces))

        again = outcome_of(warehouse, records)
        assert not any(isinstance(verdict, Accepted | Refused) for _, verdict in again)
        assert everything(warehouse) == (kept, held, conflicts)


@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    batches=st.lists(st.lists(LINES, min_size=1, max_size=5), min_size=1, max_size=3),
    order=st.randoms(use_true_random=False),
)
def test_what_is_sent_again_among_new_records_is_known_again(warehouse, batches, order):
    """A batch is told from a retry by its ends; these hide what they have between them."""
    for name in ("verification_records", "item_serials", "sync_conflicts"):
        warehouse.db[name].delete_many({})
    plan_racks(warehouse, "G-01")
    session_id = claim(warehouse, "G-01", ADA).session_id
    sent = [a_record(session_id, **line) for lines in batches for line in lines]
    outcome_of(warehouse, sent)
    kept, held, conflicts = everything(warehouse)
    order.shuffle(sent)

    new = [a_record(session_id, client_record_id=name) for name in ("first", "last")]
    again = outcome_of(warehouse, [new[0], *sent, new[1]])

    assert [verdict for _, verdict in (again[0], again[-1])] == [Accepted(1), Accepted(1)]
    assert not any(isinstance(verdict, Accepted | Refused) for _, verdict in again[1:-1])
    now, *rest = everything(warehouse)
    assert {name: now[name] for name in kept} == kept
    assert rest == [held, conflicts]


def test_a_quantity_keeps_the_scans_that_it_is_the_sum_of(ada, session_id, warehouse):
    at = "2026-01-05T08:00:00Z"
    scans = [{"qty": 10, "at": at, "code": "case"}, {"qty": 3, "at": at}, {"qty": -1, "at": at}]
    record = ada.count(session_id, verified_qty=12, scans=scans)
    kept = stored(warehouse, record["client_record_id"])
    assert [scan["qty"] for scan in kept["scans"]] == [10, 3, -1]
    wrong = a_record_json(session_id, client_record_id="c2", verified_qty=13, scans=scans)
    assert list(only_error(ada.sync(wrong))["details"]) == ["scans"]


def test_a_record_of_another_token_or_pass_than_its_sessions_is_parked(ada, session_id):
    fence = ada.get(f"/api/sessions/{session_id}").json["fence"]
    told = ({"fence": fence, "pass": 1}, {"fence": fence + 1}, {"pass": 2})
    records = [
        a_record_json(session_id, client_record_id=f"c{n}", **lease) for n, lease in enumerate(told)
    ]
    answer = ada.sync(*records)
    assert answer["ok"] == ["c0"]
    assert {c["conflict_type"] for c in answer["conflicts"]} == {"stale_lease"}


def test_the_metrics_count_the_records_of_batches_by_outcome(ada, session_id):
    def counted():
        lines = ada.get("/metrics").text.splitlines()
        return [line for line in lines if line.startswith("stockverify_records_total")]

    ada.sync(a_record_json(session_id, client_record_id="c1"))
    before = dict(line.rsplit(" ", 1) for line in counted())
    ada.sync(a_record_json(session_id, client_record_id="c2"), None)
    after = dict(line.rsplit(" ", 1) for line in counted())
    grown = {name.split('"')[1]: float(after[name]) - float(before[name]) for name in after}
    assert grown == {"ok": 1, "conflicts": 0, "errors": 1}
