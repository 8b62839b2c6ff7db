"""The shapes of the logs."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from marshmallow import Schema, ValidationError, fields, post_load, pre_dump, validate

from app.activity.fault import LONGEST, SEVERITIES, Fault, masked
from app.activity.fault_log import FaultFilters, FaultPage
from app.activity.log import ActivityPage, Filters
from app.api.schemas.fields import Moment
from app.api.schemas.paging import Cursor
from app.api.schemas.text import text
from app.clock import iso

MAX_PAGE = 200
DEFAULT_PAGE = 50
MOST_AT_ONCE = 1_000_000
"""Entries of one and the same moment. A cursor that names more was not ours."""


class EntrySchema(Schema):
    event_id = fields.Integer(metadata={"description": "grows with the events"})
    timestamp = Moment()
    user = fields.String(allow_none=True, metadata={"example": "counter1"})
    name = fields.String(allow_none=True, metadata={"example": "Ada Counter"})
    action = fields.String(metadata={"example": "rack_claimed"})
    status = fields.String(metadata={"description": "the state that followed", "example": "active"})
    rack_id = fields.String(allow_none=True)
    session_id = fields.String(allow_none=True)
    floor = fields.String(allow_none=True)
    details = fields.Dict(metadata={"example": {"fence": 4, "pass": 1}})


def _is_a_place(cursor: tuple[str, int]) -> None:
    try:
        at = datetime.fromisoformat(cursor[0])
    except ValueError:
        at = None
    if at is None or at.tzinfo is None or cursor[1] > MOST_AT_ONCE:
        raise ValidationError("Send `next_cursor` of the page before, as it was.")


def _position(cursor: tuple[str, int] | None) -> tuple[datetime, int] | None:
    return None if cursor is None else (datetime.fromisoformat(cursor[0]), cursor[1])


def _cursor(position: tuple[datetime, int] | None) -> tuple[str, int] | None:
    return None if position is None else (iso(position[0]), position[1])


class ActivityQuerySchema(Schema):
    user = text(high=64, required=False, metadata={"description": "user name"})
    action = text(high=64, required=False, metadata={"example": "rack_claimed"})
    status = text(high=64, required=False)
    rack_id = text(high=64, required=False, data_key="rack")
    floor = text(high=64, required=False)
    start = Moment(data_key="from")
    end = Moment(data_key="to", metadata={"description": "this moment included"})
    limit = fields.Integer(load_default=DEFAULT_PAGE, validate=validate.Range(1, MAX_PAGE))
    cursor = Cursor(str, int, load_default=None, validate=_is_a_place)

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        cursor, limit = data.pop("cursor"), data.pop("limit")
        return {"filters": Filters(**data), "limit": limit, "position": _position(cursor)}


class ActivitySchema(Schema):
    entries = fields.List(fields.Nested(EntrySchema), required=True)
    next_cursor = Cursor(str, int, required=True, allow_none=True)

    @pre_dump
    def place(self, page: ActivityPage, **_: Any) -> dict[str, Any]:
        return {"entries": page.entries, "next_cursor": _cursor(page.next_position)}


class HistoryQuerySchema(Schema):
    limit = fields.Integer(load_default=DEFAULT_PAGE, validate=validate.Range(1, MAX_PAGE))


class HistorySchema(Schema):
    entries = fields.List(fields.Nested(EntrySchema), required=True)


class ErrorQuerySchema(Schema):
    severity = fields.String(validate=validate.OneOf(SEVERITIES))
    error_type = text(high=LONGEST, required=False, data_key="type")
    endpoint = text(high=LONGEST, required=False, metadata={"example": "POST /api/sync/batch"})
    resolved = fields.Boolean()
    limit = fields.Integer(load_default=DEFAULT_PAGE, validate=validate.Range(1, MAX_PAGE))
    cursor = Cursor(str, int, load_default=None, validate=_is_a_place)

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        cursor, limit = data.pop("cursor"), data.pop("limit")
        return {"filters": FaultFilters(**data), "limit": limit, "position": _position(cursor)}


class FaultSchema(Schema):
    error_id = fields.String()
    severity = fields.String(metadata={"description": "error or warning"})
    error_type = fields.String(metadata={"example": "KeyError"})
    endpoint = fields.String(metadata={"description": "a route, a loop or a screen"})
    message = fields.String(metadata={"description": "where it happened; never what was sent"})
    request_id = fields.String(allow_none=True, metadata={"description": "of the last time"})
    username = fields.String(allow_none=True, metadata={"description": "who met it last"})
    count = fields.Integer()
    first_seen = Moment()
    timestamp = Moment(metadata={"description": "when it was seen last"})
    resolved = fields.Boolean()
    note = fields.String(allow_none=True)
    resolved_by = fields.String(allow_none=True)
    resolved_at = Moment(allow_none=True)


class FaultsSchema(Schema):
    errors = fields.List(fields.Nested(FaultSchema), required=True)
    next_cursor = Cursor(str, int, required=True, allow_none=True)

    @pre_dump
    def place(self, page: FaultPage, **_: Any) -> dict[str, Any]:
        return {"errors": page.errors, "next_cursor": _cursor(page.next_position)}


class ResolveSchema(Schema):
    note = text(high=500, metadata={"example": "A cable was loose."})


class ReportSchema(Schema):
    """What a browser tells of an error of its own."""

    error_type = text(high=64, metadata={"example": "TypeError"})
    message = text(
        high=1_000, metadata={"description": "kept without quoted texts, numbers and codes"}
    )
    screen = text(high=64, metadata={"example": "/count"})
    place = text(high=200, required=False, load_default="", low=0)

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Fault:
        return Fault(
            severity="error",
            error_type=data["error_type"],
            endpoint=f"screen {data['screen']}",
            message=masked(f"{data['message']} {data['place']}".strip()),
        )
