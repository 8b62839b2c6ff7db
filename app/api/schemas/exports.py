"""The shapes of a wish for a file."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from app.reports.formats import FORMATS


class ExportWishSchema(Schema):
    format = fields.String(
        required=True, validate=validate.OneOf(list(FORMATS)), metadata={"example": "xlsx"}
    )


class ComparisonExportWishSchema(ExportWishSchema):
    unchanged = fields.Boolean(
        load_default=False, metadata={"description": "with the rows that did not change"}
    )


class ExportQuerySchema(Schema):
    format = fields.String(
        load_default="csv", validate=validate.OneOf(list(FORMATS)), metadata={"example": "csv"}
    )


class ComparisonExportQuerySchema(ExportQuerySchema):
    unchanged = fields.Boolean(
        load_default=False, metadata={"description": "with the rows that did not change"}
    )
