"""The shapes of movements: issues and receipts in, what became of each out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from marshmallow import Schema, ValidationError, fields, post_load, validate

from app.api.schemas.fields import Moment, Number
from app.api.schemas.paging import Cursor
from app.api.schemas.text import text
from app.items.item import CODE_MAX, TEXT_MAX
from app.items.movement import (
    BadMovement,
    Booked,
    Judged,
    Movement,
    MovementError,
    MovementKind,
    Unbooked,
)
from app.items.movements import MovementQuery

ID_MAX = 128
MAX_MOVEMENTS = 500
MAX_PAGE = 200
LEAST = 0.000_001
"""A quantity has at most six decimals, as the book has."""
LAST_MS = 253_402_300_799_999
"""The end of the year 9999 in ms since 1970: no time comes after it."""
IN_BOOK = "Kept; the book figure is of a later moment and has it already."

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MS = timedelta(milliseconds=1)


class Place(Cursor):
    """Where a page of a list by time and id ended."""

    def __init__(self, **more: Any) -> None:
        super().__init__(int, str, **more)

    def _serialize(self, value: Any, *args: Any, **more: Any) -> str | None:
        place = None if value is None else ((value[0] - _EPOCH) // _MS, value[1])
        return super()._serialize(place, *args, **more)

    def _deserialize(self, value: Any, *args: Any, **more: Any) -> Any:
        ms, key = super()._deserialize(value, *args, **more)
        if ms > LAST_MS:
            raise ValidationError("Send `next_cursor` of the page before, as it was.")
        return _EPOCH + ms * _MS, key


class MovementSchema(Schema):
    """One issue or receipt. Unknown keys are refused by name."""

    movement_id = text(
        high=ID_MAX,
        metadata={"example": "m1", "description": "the sender's own: the same is booked once"},
    )
    item_code = text(high=CODE_MAX, metadata={"example": "85123A"})
    kind = fields.Enum(MovementKind, by_value=True, required=True, metadata={"example": "issue"})
    qty = Number(
        low=LEAST, required=True, metadata={"example": 5, "description": "how many left or came"}
    )
    at = Moment(
        required=True,
        metadata={"example": "2025-12-11T10:00:00Z", "description": "when it happened"},
    )
    rack_id = text(high=CODE_MAX, required=False, allow_none=True, metadata={"example": "G-01"})
    reference = text(
        high=TEXT_MAX, required=False, allow_none=True, metadata={"example": "DN-2025-00042"}
    )

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Movement:
        sign = -1 if data.pop("kind") is MovementKind.ISSUE else 1
        return Movement(**{**data, "qty": sign * data["qty"]})


class EachMovement(fields.Nested):
    """A movement that fits, or a BadMovement that says why not: one never fails its neighbours."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> Movement | BadMovement:
        try:
            movement: Movement = self.schema.load(value)
        except ValidationError as error:
            told = value.get("movement_id") if isinstance(value, Mapping) else None
            known = told if isinstance(told, str) and len(told) <= ID_MAX else None
            errors = error.normalized_messages()  # type: ignore[no-untyped-call]
            return BadMovement(movement_id=known, errors=errors)
        return movement


_NO_OBJECT = BadMovement(movement_id=None, errors={"_schema": ["Invalid input type."]})


class MovementsSchema(Schema):
    movements = fields.List(
        EachMovement(MovementSchema, allow_none=True),
        required=True,
        validate=validate.Length(min=1, max=MAX_MOVEMENTS),
    )

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> list[Movement | BadMovement]:
        return [one or _NO_OBJECT for one in data["movements"]]


class MovementErrorLineSchema(Schema):
    movement_id = fields.String(allow_none=True)
    error_type = fields.Enum(MovementError, by_value=True)
    message = fields.String()
    details = fields.Dict()


class MovementResultLineSchema(Schema):
    id = fields.String(allow_none=True)
    success = fields.Boolean()
    message = fields.String(allow_none=True)


class MovementAnswerSchema(Schema):
    """Every movement of the request stands in exactly one of `ok` and `errors`."""

    ok = fields.List(fields.String(), required=True, metadata={"example": ["m1"]})
    errors = fields.List(fields.Nested(MovementErrorLineSchema), required=True)
    results = fields.List(fields.Nested(MovementResultLineSchema), required=True)
    total_movements = fields.Integer(required=True)


def movement_answer(judged: Iterable[Judged]) -> dict[str, Any]:
    """What became of each movement, as the answer says it."""
    ok: list[str] = []
    errors: list[dict[str, Any]] = []
    results: list[dict[str, Any]] = []
    for one, verdict in judged:
        match verdict:
            case Booked(in_book):
                ok.append(one.movement_id or "")
                message = IN_BOOK if in_book else None
            case Unbooked(error_type, message, details):
                errors.append(
                    {
                        "movement_id": one.movement_id,
                        "error_type": error_type,
                        "message": message,
                        "details": details,
                    }
                )
        success = isinstance(verdict, Booked)
        results.append({"id": one.movement_id, "success": success, "message": message})
    return {"ok": ok, "errors": errors, "results": results, "total_movements": len(results)}


class MovementQuerySchema(Schema):
    item_code = text(high=CODE_MAX, required=False, metadata={"example": "85123A"})
    since = Moment(metadata={"description": "of this moment and later"})
    limit = fields.Integer(load_default=50, validate=validate.Range(min=1, max=MAX_PAGE))
    before = Place(data_key="cursor", metadata={"description": "`next_cursor` of the page before"})

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> MovementQuery:
        return MovementQuery(**data)


class KeptMovementSchema(Schema):
    """A movement as it is kept; `qty` is what left or came, `kind` says which."""

    movement_id = fields.String(attribute="movement.movement_id")
    item_code = fields.String(attribute="movement.item_code")
    kind = fields.Enum(MovementKind, by_value=True, attribute="movement.kind")
    qty = fields.Float(attribute="movement.amount")
    at = Moment(attribute="movement.at")
    rack_id = fields.String(attribute="movement.rack_id", allow_none=True)
    reference = fields.String(attribute="movement.reference", allow_none=True)
    in_book = fields.Boolean(
        metadata={"description": "the book figure was of a later moment: it was not added again"}
    )
    received_at = Moment()
    moved_by = fields.String(metadata={"description": "the user's id"})


class MovementPageSchema(Schema):
    movements = fields.List(fields.Nested(KeptMovementSchema), required=True)
    next_cursor = Place(
        attribute="next_place",
        required=True,
        allow_none=True,
        metadata={"description": "null: this was the last page"},
    )
