"""The shapes of changing the floor plan."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, post_load, validate

from app.api.schemas.fields import Whole
from app.api.schemas.text import text
from app.stocktakes.campaigns import MAIN_WAREHOUSE
from app.stocktakes.layout import NewRack, RackChange

MOST_AT_ONCE = 200
LAST_PLACE = 999


class NewRackSchema(Schema):
    rack_id = text(high=64, metadata={"example": "G-41"})
    floor = text(high=64, metadata={"example": "Ground"})
    zone = text(high=64, required=False, load_default="", low=0, metadata={"example": "A"})
    row = Whole(required=True, low=1, high=LAST_PLACE, metadata={"type": "integer", "example": 3})
    column = Whole(
        required=True, low=1, high=LAST_PLACE, metadata={"type": "integer", "example": 7}
    )
    warehouse = text(high=64, required=False, load_default=MAIN_WAREHOUSE)

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> NewRack:
        return NewRack(**data)


class NewRacksSchema(Schema):
    racks = fields.List(
        fields.Nested(NewRackSchema),
        required=True,
        validate=validate.Length(min=1, max=MOST_AT_ONCE),
    )

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> list[NewRack]:
        racks: list[NewRack] = data["racks"]
        return racks


class RackIdsSchema(Schema):
    rack_ids = fields.List(fields.String(), required=True)


class RackChangeSchema(Schema):
    floor = text(high=64, required=False)
    zone = text(high=64, required=False, low=0)
    row = Whole(low=1, high=LAST_PLACE, metadata={"type": "integer"})
    column = Whole(low=1, high=LAST_PLACE, metadata={"type": "integer"})

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> RackChange:
        return RackChange(**data)
