"""The shapes of a serial number's trail."""

from __future__ import annotations

from marshmallow import Schema, fields

from app.api.schemas.fields import Moment
from app.api.schemas.text import text
from app.sync.serial_trail import Seen


class SerialQuerySchema(Schema):
    serial = text(high=100, metadata={"example": "SN-0001"})


class SightingSchema(Schema):
    seen = fields.Enum(
        Seen,
        by_value=True,
        metadata={"description": "holds: has it now; counted: another followed; parked"},
    )
    at = Moment()
    item_code = fields.String(allow_none=True)
    rack_id = fields.String()
    floor = fields.String()
    username = fields.String()
    session_id = fields.String()
    client_record_id = fields.String()
    stocktake_id = fields.String(allow_none=True)
    pass_no = fields.Integer(allow_none=True, data_key="pass")
    device_id = fields.String(allow_none=True)
    conflict_id = fields.String(allow_none=True)
    conflict_type = fields.String(allow_none=True)
    status = fields.String(allow_none=True, metadata={"description": "of a conflict"})
    moved_from = fields.String(
        allow_none=True, metadata={"description": "the rack before, where that was another"}
    )


class TrailSchema(Schema):
    serial_number = fields.String()
    sightings = fields.List(fields.Nested(SightingSchema), required=True)
    moves = fields.Integer(metadata={"description": "how often the rack was another"})
