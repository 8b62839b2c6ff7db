"""The shapes of count lines."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, post_load, validate

from app.api.schemas.fields import Moment, Whole
from app.api.schemas.paging import Cursor
from app.api.schemas.text import text
from app.stocktakes.line import LineStatus
from app.stocktakes.lines_store import VARIANCES, LineFilter
from app.stocktakes.rules import Approval

MAX_PAGE = 500
STATUSES = [status.value for status in LineStatus]


class PassSchema(Schema):
    """What one person counted of the item under one fence."""

    fence = fields.Integer()
    pass_no = fields.Integer(data_key="pass")
    session_id = fields.String()
    user_id = fields.String()
    name = fields.String()
    counted = fields.Float()
    damaged = fields.Float()
    records = fields.Integer()
    at = Moment()
    late = fields.Boolean(metadata={"description": "of a lost lease, taken in as a second opinion"})


class RulingSchema(Schema):
    decision = fields.Enum(LineStatus, by_value=True)
    username = fields.String()
    at = Moment()
    note = fields.String()


class CountLineSchema(Schema):
    line_id = fields.String()
    stocktake_id = fields.String(attribute="key.stocktake_id")
    rack_id = fields.String(attribute="key.rack_id")
    item_code = fields.String(attribute="key.item_code")
    floor = fields.String()
    item_name = fields.String(attribute="item.item_name")
    category = fields.String(attribute="item.category", allow_none=True)
    uom = fields.String(attribute="item.uom", allow_none=True)
    price = fields.Float(attribute="item.price")
    item_known = fields.Boolean(attribute="item.item_known")
    expected_here = fields.Boolean(
        attribute="item.expected_here", metadata={"description": "this rack is the item's place"}
    )
    status = fields.Enum(LineStatus, by_value=True, attribute="outcome.status")
    settled = fields.Boolean()
    counted_qty = fields.Float(attribute="outcome.counted", allow_none=True)
    damage_qty = fields.Float(attribute="outcome.damaged", allow_none=True)
    counted_at = Moment(attribute="outcome.at", allow_none=True)
    book_qty = fields.Float(attribute="book.qty")
    book_at = Moment(
        attribute="book.at", metadata={"description": "the moment that book_qty is of"}
    )
    moved_qty = fields.Float(
        attribute="book.moved",
        metadata={"description": "issues and receipts from then to the count, signed"},
    )
    expected_qty = fields.Float(
        attribute="book.expected", metadata={"description": "the book at the moment of the count"}
    )
    variance_qty = fields.Float(attribute="outcome.variance", allow_none=True)
    variance_value = fields.Float(attribute="outcome.variance_value", allow_none=True)
    within_tolerance = fields.Boolean(attribute="outcome.within_tolerance", allow_none=True)
    passes = fields.List(fields.Nested(PassSchema))
    said = fields.String(
        allow_none=True,
        metadata={"description": "what the counter said of it when it was not counted"},
    )
    ruling = fields.Nested(RulingSchema, allow_none=True)
    rev = fields.Integer()
    updated_at = Moment()


class CountLinesSchema(Schema):
    stocktake_id = fields.String(allow_none=True)
    lines = fields.List(fields.Nested(CountLineSchema), required=True)
    next_cursor = Cursor(float, str, str, allow_none=True, dump_default=None)


class _FilterSchema(Schema):
    """Which lines. `stocktake` is the newest open one where it is not named."""

    stocktake = text(high=64, required=False, load_default=None)
    floor = text(high=64, required=False, load_default=None)
    rack = text(high=64, required=False, load_default=None)
    item = text(high=64, required=False, load_default=None)
    variance = fields.String(
        load_default=None,
        validate=validate.OneOf(list(VARIANCES)),
        metadata={"description": "outside or within tolerance, over, short, or none"},
    )
    known = fields.Boolean(
        load_default=None,
        allow_none=True,
        metadata={"description": "whether the catalogue has it"},
    )
    damaged = fields.Boolean(load_default=False)


class LinesMatchQuerySchema(_FilterSchema):
    status = fields.String(
        load_default=None,
        metadata={"description": f"one or several, with commas: {', '.join(STATUSES)}"},
        validate=validate.Regexp(f"^({'|'.join(STATUSES)})(,({'|'.join(STATUSES)}))*\\Z"),
    )


class LineQuerySchema(LinesMatchQuerySchema):
    limit = fields.Integer(load_default=100, validate=validate.Range(1, MAX_PAGE))
    cursor = Cursor(float, str, str, load_default=None)


class _WhichSchema(_FilterSchema):
    status = fields.List(
        fields.Enum(LineStatus, by_value=True), load_default=list, metadata={"example": ["counted"]}
    )


class MatchingSchema(Schema):
    """The lines that match a filter, in numbers."""

    lines = fields.Integer()
    counted = fields.Integer()
    frozen = fields.Integer(metadata={"description": "decided on already"})
    variance_qty = fields.Float()
    variance_value = fields.Float(metadata={"description": "money, net"})
    gross_value = fields.Float(metadata={"description": "money, the sum of the sizes"})


class LineMovementSchema(Schema):
    movement_id = fields.String(attribute="movement.movement_id")
    qty = fields.Float(
        attribute="movement.qty", metadata={"description": "signed: an issue is below nought"}
    )
    at = Moment(attribute="movement.at", metadata={"description": "when it moved"})
    heard_at = Moment(
        attribute="received_at", metadata={"description": "when the book heard of it"}
    )
    reference = fields.String(attribute="movement.reference", allow_none=True)


class LineHistorySchema(Schema):
    """How a line came to stand as it does."""

    rulings = fields.List(fields.Nested(RulingSchema), required=True)
    book_at = Moment(metadata={"description": "the moment that the stocktake froze the book"})
    movements = fields.List(fields.Nested(LineMovementSchema), required=True)


class ApproveSchema(Schema):
    note = text(high=500, low=0, required=False, load_default="")
    fence = Whole(
        load_default=None,
        allow_none=True,
        metadata={"description": "take the figure of this pass; default: the one that stands"},
    )
    zero = fields.Boolean(
        load_default=False,
        metadata={"description": "of a line that nobody counted: say that there is none"},
    )
    rev = Whole(
        load_default=None, allow_none=True, metadata={"description": "the revision you looked at"}
    )

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> tuple[Approval, int | None]:
        rev = data.pop("rev")
        return Approval(**data), rev


class ReasonedSchema(Schema):
    note = text(high=500, metadata={"example": "Pallet is still on the truck."})
    rev = Whole(
        load_default=None, allow_none=True, metadata={"description": "the revision you looked at"}
    )


class DecideAllSchema(_WhichSchema):
    note = text(high=500)


class ApproveAllSchema(_WhichSchema):
    note = text(high=500, low=0, required=False, load_default="")


class DecidedSchema(Schema):
    decided = fields.Integer()
    left = fields.Integer(metadata={"description": "lines that could not be decided on"})


def filter_of(query: dict[str, Any], stocktake_id: str) -> LineFilter:
    """The filter that a query or a body asks for."""
    status = query["status"]
    statuses = status.split(",") if isinstance(status, str) else status or ()
    return LineFilter(
        stocktake_id=stocktake_id,
        floor=query["floor"],
        rack_id=query["rack"],
        item_code=query["item"],
        statuses=tuple(LineStatus(each) for each in statuses),
        variance=query["variance"],
        known=query["known"],
        damaged=query["damaged"],
    )
