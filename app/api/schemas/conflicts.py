"""The shapes of conflicts and of what a supervisor decides."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, ValidationError, fields, post_load, validate, validates_schema

from app.api.schemas.fields import Moment
from app.api.schemas.paging import Cursor
from app.api.schemas.sync import RecordSchema
from app.api.schemas.text import text
from app.sync.conflict import OPEN, RESOLVED
from app.sync.conflicts import Decision, Resolution
from app.sync.records import ConflictType, plain

MAX_PAGE = 200
LAST_MS = 253_402_300_799_999
"""The end of the year 9999 in ms since 1970: no time comes after it."""
MERGEABLE = (
    "verified_qty",
    "damage_qty",
    "serial_numbers",
    "mfg_date",
    "mrp",
    "uom",
    "category",
    "subcategory",
    "item_condition",
    "condition_details",
    "evidence_photos",
)


_NOTHING = {"damage_qty": 0, "serial_numbers": (), "evidence_photos": ()}
"""What null says of a field that a count always has."""


class Plain(fields.Dict):
    """An object as it was kept, its times as JSON has them."""

    def _serialize(self, value: Any, *_: Any, **__: Any) -> Any:
        return plain(value)


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
    settled_at = Moment(allow_none=True)


class ConflictsSchema(Schema):
    conflicts = fields.List(fields.Nested(ConflictSchema), required=True)
    next_cursor = Cursor(int, str, allow_none=True, dump_default=None)


def _is_a_place(cursor: tuple[int, str]) -> None:
    if cursor[0] > LAST_MS:
        raise ValidationError("Send `next_cursor` of the page before, as it was.")


class ConflictQuerySchema(Schema):
    status = fields.String(load_default=None, validate=validate.OneOf([OPEN, RESOLVED]))
    conflict_type = fields.Enum(ConflictType, by_value=True, data_key="type", load_default=None)
    floor = text(high=64, required=False, load_default=None)
    limit = fields.Integer(load_default=50, validate=validate.Range(1, MAX_PAGE))
    cursor = Cursor(int, str, load_default=None, validate=_is_a_place)


class ConflictStatsSchema(Schema):
    by_status = fields.Dict(keys=fields.String(), values=fields.Integer())
    open_by_type = fields.Dict(keys=fields.String(), values=fields.Integer())


class MergedSchema(RecordSchema):
    """The fields of a count that a supervisor may set; who, where and when stay as they were."""

    class Meta:  # noqa: D106
        fields = MERGEABLE

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        """Keep the named fields only: what is not named stays as it was parked."""
        told = {name: _NOTHING.get(name) if v is None else v for name, v in data.items()}
        return {name: tuple(v) if isinstance(v, list) else v for name, v in told.items()}


class DecisionSchema(Schema):
    resolution = fields.Enum(Resolution, by_value=True, required=True)
    note = text(high=1_000, metadata={"example": "Counted again at the shelf: 12."})
    merged = fields.Nested(
        MergedSchema(partial=True),
        load_default=None,
        allow_none=True,
        metadata={"description": "with `merge`: the fields that differ from the parked record"},
    )

    @validates_schema
    def check_merged(self, data: dict[str, Any], **_: Any) -> None:
        merges = data.get("resolution") is Resolution.MERGE
        if merges != bool(data.get("merged")):
            raise ValidationError("Goes with the resolution merge, and only with it.", "merged")

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Decision:
        return Decision(**data)
