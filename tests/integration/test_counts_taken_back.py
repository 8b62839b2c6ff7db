"""A count whose every scan was taken back is not counted: it is no zero, and in no figure."""

from __future__ import annotations

import pytest

from tests.support.builders import a_record_json
from tests.support.catalogue import a_row
from tests.support.phones import only_error, stored

LATER = "2025-12-11T12:05:00.000Z"
LATEST = "2025-12-11T12:06:00.000Z"
GONE = {"verified_qty": 0, "voided": True, "updated_at": LATER}


@pytest.fixture
def ada(phone, warehouse):
    ada = phone("ada")
    warehouse.imports.load_items([a_row(code, rack="G-01") for code in ("A1", "B2")])
    return ada


@pytest.fixture
def session_id(ada):
    return ada.claim("G-01")


def progress(ada, session_id):
    told = ada.get(f"/api/sessions/{session_id}").json["progress"]
    return told["records"], told["items"], told["pieces"]


def stats(ada, session_id):
    told = ada.get(f"/api/sessions/{session_id}/stats").json
    return told["records"], told["items"], told["pieces"], told["uncounted"]


def uncounted(ada, session_id):
    lines = ada.finish(session_id, preview=True).json["uncounted"]
    return [line["item_code"] for line in lines]


def test_a_count_taken_back_leaves_every_figure_and_is_asked_for(ada, session_id, warehouse):
    record = ada.count(session_id, item_code="A1")
    ada.count(session_id, item_code="B2")
    assert uncounted(ada, session_id) == []
    ada.sync(record | GONE)
    assert progress(ada, session_id) == (1, 1, 10)
    assert stats(ada, session_id) == (1, 1, 10, 1)
    assert uncounted(ada, session_id) == ["A1"]
    kept = stored(warehouse, record["client_record_id"])
    assert kept["voided"]
    assert kept["history"][0]["verified_qty"] == 10


def test_an_item_with_another_count_is_still_counted(ada, session_id):
    record = ada.count(session_id, item_code="A1")
    ada.count(session_id, item_code="A1")
    ada.sync(record | GONE)
    assert progress(ada, session_id) == (1, 1, 10)
    assert uncounted(ada, session_id) == ["B2"]


def test_a_further_scan_makes_it_a_count_again(ada, session_id, warehouse):
    record = ada.count(session_id, item_code="A1")
    ada.sync(record | GONE)
    ada.sync(record | {"verified_qty": 3, "updated_at": LATEST})
    assert progress(ada, session_id) == (1, 1, 3)
    assert "voided" not in stored(warehouse, record["client_record_id"])


def test_a_count_that_comes_taken_back_is_kept_and_counts_nothing(ada, session_id, warehouse):
    record = a_record_json(session_id, item_code="A1") | GONE
    assert ada.sync(record)["ok"]
    assert progress(ada, session_id) == (0, 0, 0)
    assert ada.sync(record)["ok"]
    assert stored(warehouse, record["client_record_id"])["rev"] == 1


def test_a_corrected_item_code_is_no_longer_counted(ada, session_id):
    record = ada.count(session_id, item_code="A1")
    ada.sync(record | {"item_code": "B2", "updated_at": LATER})
    assert progress(ada, session_id) == (1, 1, 10)
    assert uncounted(ada, session_id) == ["A1"]


def test_taken_back_with_pieces_is_refused(ada, session_id):
    error = only_error(ada.sync(a_record_json(session_id, verified_qty=2, voided=True)))
    assert error["details"] == {"voided": ["What was taken back has no pieces and no serials."]}


def test_serials_of_a_count_taken_back_are_free(ada, session_id):
    record = ada.count(session_id, item_code="A1", serial_numbers=["SN1"])
    ada.sync(record | GONE | {"serial_numbers": []})
    assert ada.sync(a_record_json(session_id, serial_numbers=["SN1"]))["ok"]


def test_lot_expiry_and_scans_are_kept_with_the_count(ada, session_id, warehouse):
    scans = [
        {"qty": 20, "pack": 10, "by": "scan", "at": "2025-12-11T11:59:00.000Z"},
        {"qty": 2, "by": "sum", "at": "2025-12-11T11:59:30.000Z"},
    ]
    told = {"lot": "LOT7", "expiry_date": "2029-01-31", "scans": scans, "verified_qty": 22}
    record = a_record_json(session_id, item_code="A1") | told
    ada.sync(record)
    kept = stored(warehouse, record["client_record_id"])
    assert (kept["lot"], kept["expiry_date"]) == ("LOT7", "2029-01-31")
    assert [(scan["qty"], scan.get("pack"), scan["by"]) for scan in kept["scans"]] == [
        (20, 10, "scan"),
        (2, None, "sum"),
    ]
    assert ada.sync(record)["ok"]
