"""The shapes of stocktakes."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, post_load, validate

from app.api.schemas.fields import MAX_QUANTITY, Moment, Number
from app.api.schemas.racks import HolderSchema
from app.api.schemas.text import text
from app.racks.rack import SessionStatus
from app.stocktakes.adjustments import AdjustmentFormat
from app.stocktakes.campaigns import MAIN_WAREHOUSE
from app.stocktakes.custody import Seal
from app.stocktakes.stocktake import StocktakeStatus, StocktakeWish, Tolerance

MOST_FLOORS = 200
MOST_PERCENT = 100


class ToleranceSchema(Schema):
    """By how much figures may differ. A difference must keep every limit that is set; where none
    is, there may be none.
    """

    pieces = Number(load_default=None, allow_none=True, metadata={"example": 2})
    percent = Number(
        high=MOST_PERCENT,
        load_default=None,
        allow_none=True,
        metadata={"description": "of the figure it is held against", "example": 1.5},
    )
    value = Number(
        load_default=None, allow_none=True, metadata={"description": "money", "example": 25}
    )

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Tolerance:
        return Tolerance(**data)


class StocktakeSchema(Schema):
    stocktake_id = fields.String()
    name = fields.String()
    warehouse = fields.String()
    floors = fields.List(fields.String(), metadata={"description": "empty: all floors"})
    status = fields.Enum(StocktakeStatus, by_value=True)
    blind = fields.Boolean(metadata={"description": "counters see no book figure"})
    double_count = fields.Boolean(
        metadata={"description": "two people count each rack, a third what they disagree on"}
    )
    tolerance = fields.Nested(ToleranceSchema)
    created_by = fields.String()
    created_at = Moment()
    closed_by = fields.String(allow_none=True)
    closed_at = Moment(allow_none=True)
    note = fields.String(allow_none=True)


class StocktakesSchema(Schema):
    stocktakes = fields.List(fields.Nested(StocktakeSchema), required=True)


class NewStocktakeSchema(Schema):
    name = text(high=120, metadata={"example": "Year-end 2025"})
    warehouse = text(high=64, required=False, load_default=MAIN_WAREHOUSE)
    floors = fields.List(
        text(high=64),
        load_default=list,
        validate=validate.Length(max=MOST_FLOORS),
        metadata={"description": "only these; all where it is empty", "example": ["Ground"]},
    )
    blind = fields.Boolean(load_default=False)
    double_count = fields.Boolean(load_default=False)
    tolerance = fields.Nested(ToleranceSchema, load_default=Tolerance)

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> StocktakeWish:
        return StocktakeWish(**{**data, "floors": tuple(dict.fromkeys(data["floors"]))})


class SumsSchema(Schema):
    """Lines in numbers. Variances are net, `gross_value` is the sum of their sizes."""

    lines = fields.Integer()
    counted = fields.Integer()
    settled = fields.Integer()
    by_status = fields.Dict(keys=fields.String(), values=fields.Integer())
    outside_tolerance = fields.Integer()
    unknown_items = fields.Integer()
    counted_qty = fields.Float()
    damage_qty = fields.Float()
    variance_qty = fields.Float()
    variance_value = fields.Float(metadata={"description": "money, at the item's price"})
    gross_value = fields.Float()


class StocktakeProgressSchema(SumsSchema):
    stocktake = fields.Nested(StocktakeSchema)
    racks = fields.Dict(
        keys=fields.String(),
        values=fields.Integer(),
        metadata={"description": "how many are available, active, paused, completed"},
    )
    open_conflicts = fields.Integer()
    waiting = fields.Dict(
        keys=fields.String(),
        values=fields.Integer(),
        metadata={"description": "what keeps it from being closed; empty: it may be"},
    )


class RackSumsSchema(SumsSchema):
    rack_id = fields.String()
    floor = fields.String()
    pieces_per_hour = fields.Float(
        allow_none=True, metadata={"description": "pace of the latest session there"}
    )


class StocktakeRacksSchema(Schema):
    racks = fields.List(fields.Nested(RackSumsSchema), required=True)


class StocktakeRacksQuerySchema(Schema):
    floor = text(high=64, required=False, load_default=None)


class CloseSchema(Schema):
    note = text(high=500, low=0, required=False, load_default="")


class CustodySchema(Schema):
    state = fields.Enum(
        Seal,
        by_value=True,
        metadata={"description": "growing while it is open, sealing, or sealed by a manifest"},
    )
    links = fields.Integer(metadata={"description": "versions of counts that are sealed"})
    racks = fields.Integer(metadata={"description": "racks that have a chain"})
    last_link_at = Moment(allow_none=True)
    sealed_at = Moment(allow_none=True, metadata={"description": "when the manifest was signed"})
    key = fields.String(
        metadata={
            "description": "fingerprint of the public key",
            "example": "3f2a 9911 04cc 8e1d 77b0 52aa 6c0e 91d4",
        }
    )
    public_key = fields.String(metadata={"description": "PEM"})


class LateCountSchema(Schema):
    """An interrupted count that may be taken in as a pass of its own."""

    session_id = fields.String(attribute="session.session_id")
    rack_id = fields.String(attribute="session.rack_id")
    floor = fields.String(attribute="session.floor")
    holder = fields.Nested(HolderSchema, attribute="session.holder")
    status = fields.Enum(SessionStatus, by_value=True, attribute="session.status")
    ended_reason = fields.String(attribute="session.ended_reason", allow_none=True)
    pass_no = fields.Integer(attribute="session.pass_no", data_key="pass")
    fence = fields.Integer(attribute="session.fence")
    started_at = Moment(attribute="session.started_at")
    last_heartbeat = Moment(attribute="session.last_heartbeat")
    records = fields.Integer()
    pieces = fields.Float()
    waiting = fields.Integer(
        metadata={"description": "records of it that wait as conflicts; settle these first"}
    )


class LateCountsSchema(Schema):
    late_counts = fields.List(fields.Nested(LateCountSchema), required=True)


class WhatIfQuerySchema(Schema):
    """A tolerance as a query gives it: numbers as text."""

    pieces = fields.Float(load_default=None, validate=validate.Range(0, MAX_QUANTITY))
    percent = fields.Float(load_default=None, validate=validate.Range(0, MOST_PERCENT))
    value = fields.Float(load_default=None, validate=validate.Range(0, MAX_QUANTITY))

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Tolerance:
        return Tolerance(**data)


class AdjustmentsQuerySchema(Schema):
    form = fields.Enum(
        AdjustmentFormat,
        by_value=True,
        load_default=AdjustmentFormat.PLAIN,
        data_key="format",
        metadata={"description": "of ERPNext or Odoo, or `csv` for a person"},
    )


class OutcomeSchema(Schema):
    tolerance = fields.Nested(ToleranceSchema)
    counted = fields.Integer()
    within = fields.Integer()
    outside = fields.Integer()
    agreed = fields.Integer(metadata={"description": "passes that confirm each other"})
    disputed = fields.Integer()
    value_outside = fields.Float()


class WhatIfSchema(Schema):
    now = fields.Nested(OutcomeSchema)
    then = fields.Nested(OutcomeSchema)
