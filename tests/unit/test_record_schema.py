"""A record that does not fit is refused by the name of its field, and alone."""

from __future__ import annotations

import pytest

from app.api.json import dumps, loads
from app.api.schemas.sync import BatchSchema
from app.sync.records import BadRecord, CountRecord, RecordStatus
from tests.support.builders import a_record_json

LONG = "x" * 10_000
CONTROL = "a\x00b"
HALF = "a\ud800b"

TEXTS = (
    "client_record_id",
    "session_id",
    "rack_id",
    "floor",
    "item_code",
    "mfg_date",
    "uom",
    "category",
    "subcategory",
    "item_condition",
    "condition_details",
    "device_id",
)
NUMBERS = ("verified_qty", "damage_qty", "mrp")
COUNTERS = ("base_rev", "client_seq")
LISTS = ("serial_numbers", "evidence_photos")
REQUIRED = (
    "client_record_id",
    "session_id",
    "item_code",
    "verified_qty",
    "status",
    "created_at",
    "updated_at",
)


def load(*records, **more):
    """What a batch holds that travelled as bytes, as from a device."""
    return BatchSchema().load(loads(dumps({"records": list(records), **more})))


def load_one(**fields):
    (record,) = load(a_record_json("s1") | fields).records
    return record


def refusal(**fields):
    """The fields that a refused record names, each with why."""
    record = load_one(**fields)
    assert isinstance(record, BadRecord), record
    return record.errors


@pytest.mark.parametrize("name", TEXTS)
@pytest.mark.parametrize("value", [LONG, CONTROL, HALF, 7, True, ["a"], {"$ne": 1}, "\x7f", "\x85"])
def test_a_text_that_does_not_fit_is_refused_by_name(name, value):
    assert set(refusal(**{name: value})) == {name}


@pytest.mark.parametrize("name", NUMBERS)
@pytest.mark.parametrize("value", [-1, -0.001, True, "10", "NaN", [1], {"$gt": 0}, 1e10, 10**30])
def test_a_number_that_does_not_fit_is_refused_by_name(name, value):
    assert set(refusal(**{name: value})) == {name}


@pytest.mark.parametrize("name", [*NUMBERS, *COUNTERS])
@pytest.mark.parametrize("value", ["NaN", "Infinity", "-Infinity", "1e999", "1" + "0" * 400])
def test_what_json_readers_take_for_a_number_is_refused_by_name(name, value):
    body = dumps({"records": [a_record_json("s1", **{name: "HERE"})]}).decode()
    (record,) = BatchSchema().load(loads(body.replace('"HERE"', value))).records
    assert isinstance(record, BadRecord)
    assert set(record.errors) == {name}


@pytest.mark.parametrize("name", COUNTERS)
@pytest.mark.parametrize("value", [-1, 1.5, True, "1", 2**53 + 1, 2**63])
def test_a_counter_that_is_no_whole_number_is_refused_by_name(name, value):
    assert set(refusal(**{name: value})) == {name}


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize("value", ["SN1", {"0": "SN1"}, 7, ["a", 7], [None], [LONG], [CONTROL]])
def test_a_list_that_does_not_fit_is_refused_by_name(name, value):
    assert set(refusal(**{name: value})) == {name}


def test_more_serials_than_a_record_may_hold_are_refused():
    assert set(refusal(serial_numbers=[f"SN{n}" for n in range(1001)])) == {"serial_numbers"}
    assert len(load_one(serial_numbers=[f"SN{n}" for n in range(1000)]).serial_numbers) == 1000


def test_a_serial_that_stands_twice_is_refused():
    assert set(refusal(serial_numbers=["SN1", "SN2", "SN1"])) == {"serial_numbers"}


@pytest.mark.parametrize("name", ["created_at", "updated_at"])
@pytest.mark.parametrize("value", ["yesterday", "2025-13-01T00:00:00Z", 1702291200, "", LONG, {}])
def test_a_time_that_is_none_is_refused_by_name(name, value):
    assert set(refusal(**{name: value})) == {name}


@pytest.mark.parametrize("value", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_a_time_beyond_the_calendar_is_refused_by_name(value):
    assert set(refusal(updated_at=value)) == {"updated_at"}


def test_a_time_without_a_zone_is_taken_for_utc():
    assert load_one(updated_at="2025-12-11T10:00:00").updated_at == (
        load_one(updated_at="2025-12-11T15:30:00+05:30").updated_at
    )


def test_a_time_is_kept_to_the_millisecond():
    moment = load_one(updated_at="2025-12-11T10:00:00.123999Z").updated_at
    assert moment.microsecond == 123_000


@pytest.mark.parametrize("value", ["done", "FINALIZED", None, True, 1, ["partial"], {}])
def test_a_status_that_is_none_is_refused_by_name(value):
    assert set(refusal(status=value)) == {"status"}


@pytest.mark.parametrize("value", ["2025-13", "2025-1", "01/2025", "2025-01-32", "2025-01\n"])
def test_a_month_of_manufacture_that_is_none_is_refused(value):
    assert set(refusal(mfg_date=value)) == {"mfg_date"}


@pytest.mark.parametrize("name", ["$where", "$set", "a.b", "quantity", "", "__class__", "x" * 999])
def test_an_unknown_key_is_refused_by_name(name):
    assert set(refusal(**{name: 1})) == {name}


def test_all_that_does_not_fit_is_named_at_once():
    errors = refusal(verified_qty=-1, item_code=CONTROL, **{"$inc": 1})
    assert set(errors) == {"verified_qty", "item_code", "$inc"}


@pytest.mark.parametrize("name", REQUIRED)
def test_a_required_field_that_is_missing_is_named(name):
    record = a_record_json("s1")
    del record[name]
    (loaded,) = load(record).records
    assert isinstance(loaded, BadRecord)
    assert set(loaded.errors) == {name}


@pytest.mark.parametrize("name", REQUIRED)
def test_a_required_field_may_not_be_null(name):
    assert set(refusal(**{name: None})) == {name}


def test_fields_that_are_optional_may_be_null_or_absent():
    nothing = dict.fromkeys((*TEXTS[2:4], *TEXTS[5:], *COUNTERS, *LISTS, "damage_qty", "mrp"))
    with_nulls = load_one(**nothing, client_record_id="c1")
    bare = {n: v for n, v in a_record_json("s1", client_record_id="c1").items() if n in REQUIRED}
    assert load(bare).records == (with_nulls,)
    assert with_nulls.damage_qty == 0
    assert with_nulls.serial_numbers == ()


def test_a_whole_quantity_stays_whole_and_a_part_stays_exact():
    assert repr(load_one(verified_qty=10).verified_qty) == "10"
    assert repr(load_one(verified_qty=0.1).verified_qty) == "0.1"


def test_text_of_any_script_and_emoji_is_kept():
    record = load_one(condition_details="कट गया — 箱が潰れた 📦", item_code="é-1")
    assert record.condition_details == "कट गया — 箱が潰れた 📦"
    assert record.status is RecordStatus.FINALIZED


@pytest.mark.parametrize("value", [None, 7, "c1", [], True, 1.5, [a_record_json("s1")]])
def test_a_record_that_is_no_object_is_refused_alone(value):
    good = a_record_json("s1")
    before, bad, after = load(good, value, good).records
    assert isinstance(before, CountRecord)
    assert isinstance(after, CountRecord)
    assert isinstance(bad, BadRecord)
    assert bad.client_record_id is None


def test_a_bad_record_never_fails_its_neighbours():
    records = [a_record_json("s1", verified_qty=n if n % 2 else -n) for n in range(1, 9)]
    loaded = load(*records).records
    assert [isinstance(record, CountRecord) for record in loaded] == [True, False] * 4
    assert [r.client_record_id for r in loaded] == [r["client_record_id"] for r in records]


@pytest.mark.parametrize("told", [7, None, LONG, ["c1"]])
def test_a_bad_record_without_a_usable_id_is_still_answered(told):
    record = load_one(client_record_id=told, verified_qty=-1)
    assert record.client_record_id is None
    assert set(record.errors) == {"client_record_id", "verified_qty"}
