"""The shapes of the catalogue."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from marshmallow import Schema, ValidationError, fields, missing, post_load, validate

from app.api.schemas.fields import Moment
from app.api.schemas.paging import LARGEST, Cursor
from app.api.schemas.text import text
from app.items.catalogue import ChangesQuery, ItemQuery
from app.items.item import CODE_MAX, TEXT_MAX
from app.items.search_words import SHORTEST

MAX_PAGE = 200
MAX_CHANGES = 5000
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class BookFigure(fields.Float):
    """A figure of the book: where it was not read, its key is absent, not null."""

    def serialize(self, attr: str, obj: Any, *args: Any, **kwargs: Any) -> Any:
        figure = super().serialize(attr, obj, *args, **kwargs)
        return missing if figure is None else figure


class Since(Moment):
    """A change number, or a time."""

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        if not isinstance(value, str) or not value.isdecimal():
            return max(super()._deserialize(value, *args, **kwargs), EPOCH)
        if len(value) >= len(str(LARGEST)):
            raise ValidationError("Send `next` of the delta before, or 0 for everything.")
        return int(value)

    def _serialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        return value if isinstance(value, int) else super()._serialize(value, *args, **kwargs)


def check_search(value: str) -> None:
    """Refuse what would find half the catalogue."""
    if len(value.strip()) < SHORTEST:
        raise ValidationError(f"Give at least {SHORTEST} characters.")


class ItemQuerySchema(Schema):
    search = text(
        high=TEXT_MAX,
        required=False,
        validate=check_search,
        metadata={
            "description": "a code or barcode, how a code starts, or words of the name in any "
            "order, the beginning of a word is enough",
            "example": "tape red",
        },
    )
    floor = text(high=TEXT_MAX, required=False, metadata={"example": "Ground"})
    rack = text(high=CODE_MAX, required=False, metadata={"example": "G-01"})
    limit = fields.Integer(load_default=50, validate=validate.Range(min=1, max=MAX_PAGE))
    after = Cursor(
        int,
        str,
        data_key="cursor",
        metadata={"description": "`next_cursor` of the page before"},
    )

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> ItemQuery:
        return ItemQuery(**data)


class ChangesQuerySchema(Schema):
    since = Since(
        load_default=0,
        metadata={
            "description": "`next` of the delta before, 0 for everything, or an ISO 8601 time",
            "format": "change number or date-time",
            "default": "0",
            "example": "0",
        },
    )
    limit = fields.Integer(load_default=1000, validate=validate.Range(min=1, max=MAX_CHANGES))

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> ChangesQuery:
        return ChangesQuery(**data)


class ItemSchema(Schema):
    item_code = fields.String(required=True, metadata={"example": "85123A"})
    item_name = fields.String(required=True, metadata={"example": "RED RETROSPOT TAPE"})
    barcode = fields.String(required=True, allow_none=True, metadata={"example": "2014541667767"})
    autobarcode = fields.String(required=True, allow_none=True)
    description = fields.String(required=True, allow_none=True)
    category = fields.String(required=True, allow_none=True)
    subcategory = fields.String(required=True, allow_none=True)
    uom = fields.String(required=True, allow_none=True, metadata={"example": "EA"})
    mrp = fields.Float(required=True, allow_none=True, metadata={"description": "price"})
    stock_qty = BookFigure(
        metadata={"description": "the book's figure; absent where the caller counts blind"}
    )
    warehouse = fields.String(required=True, allow_none=True)
    floor = fields.String(required=True, allow_none=True)
    rack = fields.String(required=True, allow_none=True, metadata={"example": "G-01"})
    updated_at = Moment(required=True)


class ItemPageSchema(Schema):
    items = fields.List(fields.Nested(ItemSchema), required=True)
    next_cursor = Cursor(
        int,
        str,
        attribute="next_position",
        required=True,
        allow_none=True,
        metadata={"description": "null: this was the last page"},
    )


class ChangesSchema(Schema):
    items = fields.List(fields.Nested(ItemSchema), required=True)
    deleted = fields.List(
        fields.String(), required=True, metadata={"description": "codes of items that are gone"}
    )
    next = fields.Integer(
        required=True, metadata={"description": "the next delta's `since`", "example": 2858}
    )
    more = fields.Boolean(required=True, metadata={"description": "whether to ask again at once"})
