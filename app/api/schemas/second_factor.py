"""The shapes of a person's second factor."""

from __future__ import annotations

from marshmallow import Schema, fields

from app.api.schemas.fields import Moment
from app.api.schemas.text import text


class FactorStateSchema(Schema):
    on = fields.Boolean(required=True)
    needed = fields.Boolean(required=True, metadata={"description": "by the caller's role"})
    since = Moment(required=True, allow_none=True)
    recovery_codes_left = fields.Integer(required=True)


class OwnPasswordSchema(Schema):
    password = text(
        high=128, load_only=True, metadata={"description": "that one signs in with, once more"}
    )


class CodeSchema(Schema):
    code = text(
        high=64,
        load_only=True,
        metadata={"example": "492039", "description": "that the authenticator app shows now"},
    )


class FactorBegunSchema(Schema):
    secret = fields.String(
        required=True,
        attribute="key",
        metadata={"description": "base 32, for an authenticator app"},
    )
    address = fields.String(required=True, metadata={"description": "the same, as `otpauth:`"})
    qr = fields.String(
        required=True, metadata={"description": "the address as a picture: SVG as a `data:` URL"}
    )


class RecoveryCodesSchema(Schema):
    recovery_codes = fields.List(
        fields.String(),
        required=True,
        metadata={"description": "each signs in once in place of a code; shown this once"},
    )
