"""The short way through the record schema and the schema itself agree on every value."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from marshmallow import ValidationError

from app.api.schemas.quick import _is_day, quick_record
from app.api.schemas.sync import RecordSchema

GOOD = {
    "client_record_id": "c1",
    "session_id": "s1",
    "rack_id": "G-01",
    "floor": "Ground",
    "item_code": "85123A",
    "verified_qty": 10,
    "damage_qty": 0,
    "serial_numbers": ["SN1"],
    "mfg_date": "2025-01",
    "lot": "LOT7",
    "expiry_date": "2029-01-31",
    "mrp": 2.55,
    "uom": "EA",
    "category": "Holder",
    "subcategory": None,
    "item_condition": "good",
    "condition_details": None,
    "evidence_photos": [],
    "scans": [
        {"qty": 12, "at": "2025-12-11T09:59:00Z", "by": "scan", "pack": 6, "code": "85123A"},
        {"qty": -2, "at": "2025-12-11T09:59:30Z", "by": "undo"},
    ],
    "voided": False,
    "status": "finalized",
    "created_at": "2025-12-11T10:00:00Z",
    "updated_at": "2025-12-11T10:00:00.123456+05:30",
    "fence": 3,
    "pass": 1,
    "base_rev": 1,
    "device_id": "d1",
    "client_seq": 7,
}
TIMES = st.sampled_from(
    [
        "2025-12-11T10:00:00",
        "2025-12-11",
        "20251211T100000Z",
        "2025-W50-4T10:00:00Z",
        "2025-12-11 10:00:00Z",
        "2025-12-11T10:00Z",
        "0001-01-01T00:00:00+14:00",
        "2025-13-11T10:00:00Z",
        "2025-12-11T24:00:00Z",
        "2025-12-11T10:00:00,5Z",
        "2025-12-11T10:00:00.1234567Z",
        "2025-12-11T10:00:00z",
    ]
)
ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-1, 2**70),
    st.floats(),
    st.text(max_size=3),
    st.sampled_from(["", "x" * 129, "a\x00b", "\ud800", "partial", "2025-1", "٢٠٢٥", "2025-01-31"]),
    TIMES,
    st.lists(st.one_of(st.text(max_size=2), st.none(), st.integers()), max_size=3),
    st.just({"$gt": 1}),
)


SCAN = {"qty": 10, "at": "2025-12-11T10:00:00Z", "code": "85123A", "by": "scan", "pack": 5}


@settings(max_examples=400, deadline=None)
@given(
    changes=st.dictionaries(st.sampled_from([*GOOD, "$set", "a.b"]), ODD, max_size=3),
    without=st.sets(st.sampled_from(list(GOOD)), max_size=3),
)
@example(changes={"serial_numbers": ["SN1", "SN1"]}, without=set())
@example(changes={"voided": ""}, without=set())
def test_the_short_way_makes_the_record_that_the_schema_makes(changes, without):
    value = {name: v for name, v in (GOOD | changes).items() if name not in without}
    quick = quick_record(value)
    if quick is not None:
        assert quick == RecordSchema().load(value)


@settings(max_examples=200, deadline=None)
@given(
    changes=st.dictionaries(st.sampled_from([*SCAN, "$set"]), ODD, max_size=2),
    without=st.sets(st.sampled_from(list(SCAN)), max_size=2),
)
@example(changes={"qty": True}, without=set())
@example(changes={"code": ""}, without=set())
def test_the_short_way_makes_the_scans_that_the_schema_makes(changes, without):
    scan = {name: v for name, v in (SCAN | changes).items() if name not in without}
    value = GOOD | {"scans": [scan]}
    quick = quick_record(value)
    if quick is not None:
        assert quick == RecordSchema().load(value)


def test_a_text_without_end_is_refused_before_it_is_kept_for_the_next_time():
    known = _is_day.cache_info().currsize
    assert quick_record(GOOD | {"mfg_date": "2025" * 1_000}) is None
    assert _is_day.cache_info().currsize == known


def test_what_was_taken_back_has_no_pieces():
    value = GOOD | {"voided": True, "scans": []}
    assert quick_record(value) is None
    with pytest.raises(ValidationError, match="no pieces"):
        RecordSchema().load(value)
    nothing = {"verified_qty": 0, "serial_numbers": []}
    assert RecordSchema().load(value | nothing).voided


@given(TIMES)
def test_a_time_that_the_schema_refuses_is_not_plainly_good(moment):
    value = GOOD | {"created_at": moment}
    try:
        expected = RecordSchema().load(value)
    except ValidationError:
        expected = None
    quick = quick_record(value)
    assert quick is None or quick == expected


@pytest.mark.parametrize("value", [None, [], "c1", 7, {}, {"client_record_id": "c1"}])
def test_what_is_no_whole_record_goes_to_the_schema(value):
    assert quick_record(value) is None


def test_a_record_as_devices_send_it_takes_the_short_way():
    assert quick_record(GOOD) == RecordSchema().load(GOOD)
    assert quick_record(GOOD) is not None
