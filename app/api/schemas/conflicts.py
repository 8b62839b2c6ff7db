"""The shapes of conflicts and of what a supervisor decides."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from marshmallow import Schema, ValidationError, fields, post_load, validate

from app.api.schemas.fields import Moment
from app.api.schemas.paging import Cursor
from app.api.schemas.text import text
from app.sync.conflict import AGES, OLDER, OPEN, RESOLVED, Conflict, DeskQuery
from app.sync.records import ConflictType, plain

MAX_PAGE = 200
MAX_AGE_S = 10 * 365 * 24 * 3600
LAST_MS = 253_402_300_799_999
"""The end of the year 9999 in ms since 1970: no time comes after it."""
NEWEST, OLDEST = "newest", "oldest"

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MS = timedelta(milliseconds=1)


class Plain(fields.Dict):
    """An object as it was kept, its times as JSON has them."""

    def _serialize(self, value: Any, *_: Any, **__: Any) -> Any:
        return plain(value)


class DifferenceSchema(Schema):
    field = fields.String(metadata={"example": "verified_qty"})
    client = fields.Raw(allow_none=True, metadata={"example": 12})
    server = fields.Raw(allow_none=True, metadata={"example": 10})


class ConflictSchema(Schema):
    conflict_id = fields.String()
    conflict_type = fields.Enum(ConflictType, by_value=True)
    status = fields.String(metadata={"description": "open or resolved"})
    client_record_id = fields.String()
    session_id = fields.String()
    rack_id = fields.String()
    floor = fields.String()
    user_id = fields.String()
    username = fields.String()
    message = fields.String()
    details = Plain()
    payload = Plain(metadata={"description": "the whole record as it was sent"})
    created_at = Moment()
    resolution = fields.String(allow_none=True)
    note = fields.String(allow_none=True)
    merged = Plain(allow_none=True)
    settled_by = fields.String(allow_none=True)
    settled_by_name = fields.String(allow_none=True)
    settled_at = Moment(allow_none=True)


class LineSchema(ConflictSchema):
    name = fields.String(metadata={"description": "who counted", "example": "Ada"})
    item_name = fields.String(allow_none=True, metadata={"description": "null: not in catalogue"})
    age_s = fields.Integer(metadata={"description": "how long it waits or waited, in seconds"})
    server = Plain(
        allow_none=True,
        metadata={
            "description": "what stands against the payload now, or stood when it was settled: the "
            "stored version of the record, or the record that holds the serial number"
        },
    )
    differences = fields.List(fields.Nested(DifferenceSchema))


class SerialHolderSchema(Schema):
    serial_number = fields.String()
    client_record_id = fields.String()
    rack_id = fields.String()
    floor = fields.String(allow_none=True)
    name = fields.String(allow_none=True, metadata={"description": "who counted it"})
    item_code = fields.String()
    item_name = fields.String(allow_none=True)
    counted_at = Moment()
    record = Plain(allow_none=True)


class CaseSchema(LineSchema):
    """A conflict with all that explains it."""

    history = fields.List(Plain(), metadata={"description": "the record's revisions, newest last"})
    session = Plain(allow_none=True, metadata={"description": "whose count it is: fence, status"})
    rack = Plain(allow_none=True, metadata={"description": "the rack now: fence, pass, holder"})
    serials = fields.List(fields.Nested(SerialHolderSchema))
    others = fields.List(
        fields.Nested(ConflictSchema), metadata={"description": "other conflicts of the record"}
    )


class QueueSchema(Schema):
    conflicts = fields.List(fields.Nested(LineSchema), required=True)
    next_cursor = Cursor(int, str, allow_none=True, dump_default=None)


def place_of(last: Conflict) -> tuple[int, str]:
    """Where a page ends, as a cursor has it."""
    return (last.created_at - _EPOCH) // _MS, last.conflict_id


def _is_a_place(cursor: tuple[int, str]) -> None:
    if cursor[0] > LAST_MS:
        raise ValidationError("Send `next_cursor` of the page before, as it was.")


class QueueQuerySchema(Schema):
    status = fields.String(load_default=None, validate=validate.OneOf([OPEN, RESOLVED]))
    conflict_type = fields.Enum(ConflictType, by_value=True, data_key="type", load_default=None)
    floor = text(high=64, required=False, load_default=None)
    rack_id = text(high=64, required=False, load_default=None, data_key="rack")
    user_id = text(
        high=64,
        required=False,
        load_default=None,
        data_key="user",
        metadata={"description": "the `user_id` of who counted"},
    )
    older_than = fields.Integer(
        load_default=0,
        validate=validate.Range(0, MAX_AGE_S),
        metadata={"description": "at least this many seconds old", "example": 3600},
    )
    sort = fields.String(load_default=NEWEST, validate=validate.OneOf([NEWEST, OLDEST]))
    limit = fields.Integer(load_default=50, validate=validate.Range(1, MAX_PAGE))
    cursor = Cursor(int, str, load_default=None, validate=_is_a_place)

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> DeskQuery:
        cursor = data["cursor"]
        names = ("status", "conflict_type", "floor", "rack_id", "user_id")
        return DeskQuery(
            where={name: data[name] for name in names if data[name]},
            older_than=timedelta(seconds=data["older_than"]),
            oldest_first=data["sort"] == OLDEST,
            after=(_EPOCH + cursor[0] * _MS, cursor[1]) if cursor else None,
            limit=data["limit"],
        )


class ConflictStatsSchema(Schema):
    by_status = fields.Dict(keys=fields.String(), values=fields.Integer())
    open_by_type = fields.Dict(keys=fields.String(), values=fields.Integer())
    open_by_floor = fields.Dict(keys=fields.String(), values=fields.Integer())
    open_by_age = fields.Dict(
        keys=fields.String(validate=validate.OneOf([*AGES, OLDER])), values=fields.Integer()
    )
    oldest_at = Moment(allow_none=True)
