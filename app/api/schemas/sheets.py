"""The shapes of rack sheets."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from app.api.schemas.paging import Cursor

MAX_PAGE = 50


class BarsSchema(Schema):
    """A bar code to be drawn: one character a module of equal width, `1` is dark."""

    kind = fields.String(metadata={"description": "ean13, ean8 or code128"})
    code = fields.String(metadata={"example": "2014541667767"})
    modules = fields.String()


class SheetLineSchema(Schema):
    item_code = fields.String(metadata={"example": "85123A"})
    item_name = fields.String()
    uom = fields.String(allow_none=True)
    bars = fields.Nested(BarsSchema, allow_none=True)


class SheetSchema(Schema):
    """What a person takes to a rack: no book figure, and nothing of what others counted."""

    sheet_id = fields.String(
        metadata={
            "description": "of this rack and pass; records of a sheet are made from it",
            "example": "S-9f86d081884c",
        }
    )
    rack_id = fields.String(attribute="rack.rack_id", metadata={"example": "G-01"})
    floor = fields.String(attribute="rack.floor")
    zone = fields.String(attribute="rack.zone", allow_none=True)
    pass_no = fields.Integer(attribute="rack.pass_no", data_key="pass")
    blind = fields.Boolean(attribute="rack.blind")
    stocktake_id = fields.String(attribute="rack.stocktake_id", allow_none=True)
    stocktake = fields.String(attribute="stocktake.name", dump_default=None, allow_none=True)
    only_these = fields.Boolean(
        metadata={"description": "the pass is of these items only, not of the whole rack"}
    )
    lines = fields.List(fields.Nested(SheetLineSchema), required=True)


class SheetsQuerySchema(Schema):
    limit = fields.Integer(load_default=20, validate=validate.Range(1, MAX_PAGE))
    cursor = Cursor(str, load_default=None)


class SheetsSchema(Schema):
    sheets = fields.List(fields.Nested(SheetSchema), required=True)
    next_cursor = Cursor(str, allow_none=True, dump_default=None)
