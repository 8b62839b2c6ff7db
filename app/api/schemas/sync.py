"""The shapes of batch sync: records in, what became of each out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import isclose
from time import perf_counter
from typing import Any

from marshmallow import Schema, ValidationError, fields, post_load, validate, validates_schema

from app.api.schemas.fields import MAX_QUANTITY, Moment, Number, Whole
from app.api.schemas.quick import (
    CODE_MAX,
    ID_MAX,
    MAX_PHOTOS,
    MAX_SCANS,
    MAX_SEQUENCE,
    MAX_SERIALS,
    MONTH,
    SUM_TOLERANCE,
    WAYS,
    quick_record,
)
from app.api.schemas.text import text
from app.sync.records import (
    Accepted,
    BadRecord,
    BatchOutcome,
    CountRecord,
    Parked,
    RecordStatus,
    Refused,
    Same,
    Verdict,
)

DAY = "Give YYYY, YYYY-MM or YYYY-MM-DD."


def optional(*, high: int, **more: Any) -> fields.String:
    """A text that may be left out or null."""
    return text(high=high, low=0, required=False, allow_none=True, load_default=None, **more)


def _distinct(values: list[str]) -> None:
    if len(set(values)) != len(values):
        raise ValidationError("The same number stands here twice.")


class ScanSchema(Schema):
    """One scan or key press of a count; an undo is another one with the negated quantity."""

    qty = Number(low=-MAX_QUANTITY, required=True, metadata={"example": 10})
    at = Moment(required=True)
    code = optional(high=CODE_MAX)
    by = fields.String(
        load_default=None,
        allow_none=True,
        validate=validate.OneOf(WAYS),
        metadata={"description": "`sum` stands for several", "example": "scan"},
    )
    pack = Number(
        load_default=None, allow_none=True, metadata={"description": "pieces in the scanned case"}
    )

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        return {name: told for name, told in data.items() if told is not None}


class RecordSchema(Schema):
    """One count. Unknown keys are refused by name: dropping one would lose what a person noted."""

    client_record_id = text(high=ID_MAX, metadata={"example": "c1"})
    session_id = text(high=ID_MAX)
    rack_id = optional(high=64, metadata={"description": "default: the session's rack"})
    floor = optional(high=64)
    item_code = text(high=64, metadata={"example": "85123A"})
    verified_qty = Number(required=True, metadata={"example": 10, "description": "pieces of `uom`"})
    damage_qty = Number(
        load_default=0, allow_none=True, metadata={"description": "of these, damaged"}
    )
    serial_numbers = fields.List(
        text(high=64),
        load_default=list,
        allow_none=True,
        validate=[validate.Length(max=MAX_SERIALS), _distinct],
    )
    mfg_date = optional(
        high=10,
        validate=validate.Regexp(MONTH, error=DAY),
        metadata={"example": "2025-01"},
    )
    lot = optional(high=64, metadata={"example": "LOT7"})
    expiry_date = optional(
        high=10,
        validate=validate.Regexp(MONTH, error=DAY),
        metadata={"example": "2029-01-31"},
    )
    mrp = Number(load_default=None, allow_none=True, metadata={"description": "money a piece"})
    uom = optional(high=16, metadata={"example": "EA"})
    category = optional(high=128)
    subcategory = optional(high=128)
    item_condition = optional(high=64, metadata={"example": "good"})
    condition_details = optional(high=2_000)
    evidence_photos = fields.List(
        text(high=256), load_default=list, allow_none=True, validate=validate.Length(max=MAX_PHOTOS)
    )
    status = fields.Enum(RecordStatus, by_value=True, required=True)
    created_at = Moment(required=True)
    updated_at = Moment(required=True)
    scans = fields.List(
        fields.Nested(ScanSchema),
        load_default=list,
        allow_none=True,
        validate=validate.Length(max=MAX_SCANS),
        metadata={"description": "how the quantity came to be; their sum is `verified_qty`"},
    )
    voided = fields.Boolean(
        load_default=False,
        allow_none=True,
        metadata={"description": "the counter took all of it back: it is not counted, not zero"},
    )
    fence = Whole(high=MAX_SEQUENCE, load_default=None, allow_none=True)
    pass_no = Whole(data_key="pass", high=MAX_SEQUENCE, load_default=None, allow_none=True)
    base_rev = Whole(high=MAX_SEQUENCE, load_default=None, allow_none=True)
    device_id = optional(high=64)
    client_seq = Whole(high=MAX_SEQUENCE, load_default=None, allow_none=True)

    @validates_schema
    def check_sum(self, data: dict[str, Any], **_: Any) -> None:
        scans = data.get("scans")
        total = sum(scan["qty"] for scan in scans or ())
        if scans and not isclose(total, data["verified_qty"], abs_tol=SUM_TOLERANCE):
            raise ValidationError("Their sum is not verified_qty.", "scans")

    @validates_schema
    def check_voided(self, data: dict[str, Any], **_: Any) -> None:
        holds = (data.get(name) for name in ("verified_qty", "damage_qty", "serial_numbers"))
        if data.get("voided") and any(holds):
            raise ValidationError("What was taken back has no pieces and no serials.", "voided")

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> CountRecord:
        return CountRecord(
            **{
                **data,
                "damage_qty": data["damage_qty"] or 0,
                "scans": tuple(data["scans"] or ()),
                "voided": bool(data["voided"]),
                "serial_numbers": tuple(data["serial_numbers"] or ()),
                "evidence_photos": tuple(data["evidence_photos"] or ()),
            }
        )


class EachRecord(fields.Nested):
    """A record that fits, or a BadRecord that says why not: one never fails its neighbours."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> CountRecord | BadRecord:
        try:
            record: CountRecord = self.schema.load(value)
        except ValidationError as error:
            told = value.get("client_record_id") if isinstance(value, Mapping) else None
            known = told if isinstance(told, str) and len(told) <= ID_MAX else None
            return BadRecord(client_record_id=known, errors=_messages(error))
        return record


class Records(fields.List):  # type: ignore[type-arg]
    """A batch's records: those that are plainly good skip all that a list does for each of its own,
    which takes half as long as looking at them.
    """

    def _deserialize(self, value: Any, *args: Any, **more: Any) -> list[Any]:
        if type(value) is not list:
            return super()._deserialize(value, *args, **more)
        return [quick_record(each) or self.inner.deserialize(each, **more) for each in value]


def _messages(error: ValidationError) -> dict[str, Any]:
    return error.normalized_messages()  # type: ignore[no-any-return, no-untyped-call]


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchWish:
    """The records of one request, and the name that the sender gave it."""

    records: tuple[CountRecord | BadRecord, ...]
    batch_id: str | None
    arrived: float


_NO_OBJECT = BadRecord(client_record_id=None, errors={"_schema": ["Invalid input type."]})


class BatchSchema(Schema):
    records = Records(EachRecord(RecordSchema, allow_none=True), required=True)
    batch_id = optional(high=ID_MAX, metadata={"example": "b1"})

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> BatchWish:
        return BatchWish(
            records=tuple(record or _NO_OBJECT for record in data["records"]),
            batch_id=data["batch_id"],
            arrived=perf_counter(),
        )


class ConflictLineSchema(Schema):
    client_record_id = fields.String()
    conflict_id = fields.String()
    conflict_type = fields.String()
    message = fields.String()
    details = fields.Dict()


class ErrorLineSchema(Schema):
    client_record_id = fields.String(allow_none=True)
    error_type = fields.String()
    message = fields.String()
    details = fields.Dict()


class ResultLineSchema(Schema):
    id = fields.String(allow_none=True)
    success = fields.Boolean()
    message = fields.String(allow_none=True)


class BatchAnswerSchema(Schema):
    """Every record of the request stands in exactly one of `ok`, `conflicts` and `errors`."""

    ok = fields.List(fields.String(), required=True)
    conflicts = fields.List(fields.Nested(ConflictLineSchema), required=True)
    errors = fields.List(fields.Nested(ErrorLineSchema), required=True)
    batch_id = fields.String(required=True, allow_none=True)
    processing_time_ms = fields.Float(required=True)
    total_records = fields.Integer(required=True)
    results = fields.List(fields.Nested(ResultLineSchema), required=True)
    revisions = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)
    gaps = fields.List(fields.Dict(), required=True)


def batch_answer(outcome: BatchOutcome, wish: BatchWish) -> dict[str, Any]:
    """The answer in its wire form: plain already, so that no schema walks 500 lines again."""
    ok, conflicts, errors, revisions = [], [], [], {}
    for record_id, verdict in outcome.verdicts:
        match verdict:
            case Same(rev) | Accepted(rev):
                ok.append(record_id)
                revisions[record_id] = rev
            case Parked():
                conflicts.append(_conflict_line(record_id, verdict))
            case Refused():
                errors.append(_error_line(record_id, verdict))
    return {
        "ok": ok,
        "conflicts": conflicts,
        "errors": errors,
        "batch_id": wish.batch_id,
        "processing_time_ms": round((perf_counter() - wish.arrived) * 1000, 3),
        "total_records": len(outcome.verdicts),
        "results": [_result_line(record_id, verdict) for record_id, verdict in outcome.verdicts],
        "revisions": revisions,
        "gaps": list(outcome.gaps),
    }


def _conflict_line(record_id: str | None, verdict: Parked) -> dict[str, Any]:
    return {
        "client_record_id": record_id,
        "conflict_id": verdict.conflict_id,
        "conflict_type": verdict.conflict_type.value,
        "message": verdict.message,
        "details": verdict.details,
    }


def _error_line(record_id: str | None, verdict: Refused) -> dict[str, Any]:
    return {
        "client_record_id": record_id,
        "error_type": verdict.error_type.value,
        "message": verdict.message,
        "details": verdict.details,
    }


def _result_line(record_id: str | None, verdict: Verdict) -> dict[str, Any]:
    success = isinstance(verdict, Same | Accepted)
    return {
        "id": record_id,
        "success": success,
        "message": None if success else verdict.message,  # type: ignore[union-attr]
    }


class BeatSchema(Schema):
    """A heartbeat, as query parameters or as JSON."""

    session_id = text(high=ID_MAX, required=False)
    rack_id = optional(high=64)
    queue_length = Whole(high=10_000_000, load_default=None, allow_none=True)
    queue_age_s = Whole(high=1_000_000_000, load_default=None, allow_none=True)


class BeatAnswerSchema(Schema):
    success = fields.Boolean(required=True)
    session_id = fields.String(required=True)
    user_id = fields.String(required=True)
    rack_renewed = fields.Boolean(required=True)
    lease = fields.String(required=True, metadata={"description": "held, lost or ended"})
    lock_ttl_remaining = fields.Integer(required=True, metadata={"description": "seconds"})
    timestamp = fields.Float(required=True, metadata={"description": "epoch seconds"})
    holder = fields.Dict(allow_none=True, metadata={"description": "who has the rack now"})
