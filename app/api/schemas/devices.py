"""The shapes of devices. No schema names a hash; the token is answered once, at the enrolment."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from app.api.schemas.fields import Moment
from app.api.schemas.paging import Cursor
from app.api.schemas.text import text

MAX_PAGE = 200
DEFAULT_PAGE = 50
MAX_TOKEN = 200


class DeviceTokenSchema(Schema):
    token = text(
        high=MAX_TOKEN,
        load_only=True,
        metadata={"description": "the device's own token, from its enrolment"},
    )


class EnrolSchema(Schema):
    name = text(high=64, metadata={"example": "Handheld 7"})


class DevicesQuerySchema(Schema):
    limit = fields.Integer(load_default=DEFAULT_PAGE, validate=validate.Range(1, MAX_PAGE))
    after = Cursor(str, str, data_key="cursor", load_default=("", ""))


class DeviceSchema(Schema):
    device_id = fields.String(required=True)
    name = fields.String(required=True)
    user_id = fields.String(required=True, metadata={"description": "its account"})
    enrolled_by = fields.String(required=True)
    enrolled_at = Moment(required=True)
    revoked_by = fields.String(allow_none=True, required=True)
    revoked_at = Moment(allow_none=True, required=True)


class SeenDeviceSchema(Schema):
    device = fields.Nested(DeviceSchema, required=True)
    last_seen = Moment(required=True, allow_none=True)
    used_by = fields.List(
        fields.String(), required=True, metadata={"description": "who is signed in on it now"}
    )


class DevicePageSchema(Schema):
    devices = fields.List(fields.Nested(SeenDeviceSchema), required=True)
    next_cursor = Cursor(str, str, attribute="next_position", required=True, allow_none=True)


class EnrolmentSchema(Schema):
    device = fields.Nested(DeviceSchema, required=True)
    token = fields.String(required=True, metadata={"description": "shown this once"})
