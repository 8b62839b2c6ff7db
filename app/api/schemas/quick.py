"""A short way through RecordSchema for records that are plainly good, which nearly all are.

Marshmallow takes a tenth of a millisecond for a record, half of a whole batch's time. This takes a
tenth of that and never refuses: what it does not recognise as good goes to the schema, which judges
and says what is wrong. A property test holds that both make the same record of the same value.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from math import isclose
from typing import Any

from app.api.schemas.fields import MAX_QUANTITY
from app.api.schemas.text import UNPRINTABLE
from app.sync.records import CountRecord, RecordStatus

ID_MAX = 128
MAX_SERIALS = 1_000
MAX_PHOTOS = 20
MAX_SCANS = 1_000
SUM_TOLERANCE = 1e-6
"""Tenths that cancel each other do not quite come to nothing."""
CODE_MAX = 128
WAYS = ("scan", "camera", "typed", "step", "undo", "sum")
"""How a scan event came to be; `sum` stands for several that the sender added up."""
MAX_SEQUENCE = 2**53
MONTH = re.compile(r"\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?\Z", re.ASCII)

_REQUIRED = ("client_record_id", "session_id", "item_code")
_TEXTS = {
    "client_record_id": ID_MAX,
    "session_id": ID_MAX,
    "item_code": 64,
    "rack_id": 64,
    "floor": 64,
    "uom": 16,
    "category": 128,
    "subcategory": 128,
    "item_condition": 64,
    "condition_details": 2_000,
    "device_id": 64,
    "lot": 64,
}
"""How long each may be."""
_NUMBERS: dict[str, tuple[frozenset[type], float]] = {
    **dict.fromkeys(("verified_qty", "damage_qty", "mrp"), (frozenset((int, float)), MAX_QUANTITY)),
    **dict.fromkeys(("fence", "pass", "base_rev", "client_seq"), (frozenset((int,)), MAX_SEQUENCE)),
}
"""Of which types each may be, and how high; True is of none."""
_DAYS = ("mfg_date", "expiry_date")
_FIELDS = frozenset(CountRecord.__dataclass_fields__) - {"pass_no"} | {"pass"}
_SCAN_FIELDS = frozenset(("qty", "at", "code", "by", "pack"))
_STATUS = {status.value: status for status in RecordStatus}


class _LookCloser(Exception):
    """Something is not plainly good."""


def quick_record(value: Any) -> CountRecord | None:
    """The record of a value that is plainly good; None: let the schema look closer."""
    if type(value) is not dict or not _FIELDS.issuperset(value):
        return None
    try:
        return CountRecord.of_checked(_checked(value))
    except (_LookCloser, ArithmeticError, KeyError, TypeError, ValueError):
        return None


def _checked(value: dict[str, Any]) -> dict[str, Any]:
    """The fields of the record. Raises anything at all for what is not plainly good."""
    fields = dict(value)
    fields["serial_numbers"] = serials = _texts(value.get("serial_numbers"), 64, MAX_SERIALS)
    fields["evidence_photos"] = photos = _texts(value.get("evidence_photos"), 256, MAX_PHOTOS)
    if len(set(serials)) != len(serials) or not all(value[name] for name in _REQUIRED):
        raise _LookCloser
    if UNPRINTABLE.search("".join((*_within_bounds(value), *serials, *photos))):
        raise _LookCloser  # and TypeError unless all are texts
    for name in _DAYS:
        day = value.get(name)
        if day is not None and not MONTH.match(day):
            raise _LookCloser
    voided = value.get("voided")
    if value["verified_qty"] is None or not (voided is None or voided is False):
        raise _LookCloser  # what was taken back is rare: the schema has its rules
    fields["scans"] = _scans(value.get("scans"), value["verified_qty"])
    fields["voided"] = False
    fields["pass_no"] = fields.pop("pass", None)
    fields["damage_qty"] = value.get("damage_qty") or 0
    fields["status"] = _STATUS[value["status"]]
    fields["created_at"] = _moment(value["created_at"])
    fields["updated_at"] = _moment(value["updated_at"])
    return fields


def _within_bounds(value: dict[str, Any]) -> list[str]:
    """The texts of a value whose texts are short and whose numbers are small enough."""
    texts = []
    for name, told in value.items():
        if told is None:
            continue
        high = _TEXTS.get(name)
        if high is not None:
            if len(told) > high:
                raise _LookCloser
            texts.append(told)
        elif name in _NUMBERS:
            kinds, most = _NUMBERS[name]
            if type(told) not in kinds or not 0 <= told <= most:
                raise _LookCloser
    return texts


def _texts(value: Any, high: int, most: int) -> tuple[str, ...]:
    if value is None:
        return ()
    if type(value) is not list or len(value) > most:
        raise _LookCloser
    if not all(type(text) is str and 0 < len(text) <= high for text in value):
        raise _LookCloser
    return tuple(value)


def _scans(value: Any, total: float) -> tuple[dict[str, Any], ...]:
    """The scans that a quantity is the sum of."""
    if value is None or value == []:
        return ()
    if type(value) is not list or len(value) > MAX_SCANS:
        raise _LookCloser
    scans = tuple(_scan(scan) for scan in value)
    if not isclose(sum(scan["qty"] for scan in scans), total, abs_tol=SUM_TOLERANCE):
        raise _LookCloser
    return scans


def _scan(value: Any) -> dict[str, Any]:
    if type(value) is not dict or not _SCAN_FIELDS.issuperset(value):
        raise _LookCloser
    scan = {name: told for name, told in value.items() if told is not None}
    code = scan.get("code", "-")
    if (
        not 0 < len(code) <= CODE_MAX
        or UNPRINTABLE.search(code)
        or scan.get("by", "scan") not in WAYS
    ):
        raise _LookCloser
    if type(scan["qty"]) is bool:  # which abs() would make a number
        raise _LookCloser
    _check_number(abs(scan["qty"]))
    _check_number(scan.get("pack"))
    scan["at"] = _moment(scan["at"])
    return scan


def _check_number(value: Any) -> None:
    if value is not None and not (type(value) in (int, float) and 0 <= value <= MAX_QUANTITY):
        raise _LookCloser


def _moment(value: str) -> datetime:
    """The time of an ISO 8601 text with a zone, to the millisecond."""
    moment = datetime.fromisoformat(value)
    if moment.tzinfo is None or len(value) < len("2025-01-01T00:00Z"):
        raise _LookCloser
    if moment.tzinfo is not UTC:
        moment = moment.astimezone(UTC)
    finer = moment.microsecond % 1000
    return moment.replace(microsecond=moment.microsecond - finer) if finer else moment
