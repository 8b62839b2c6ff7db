"""The shapes of signing in."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from marshmallow import Schema, ValidationError, fields, post_load, validates_schema

from app.api.schemas.text import text
from app.api.schemas.users import NEW_PASSWORD, NEW_PIN
from app.auth.identity import Identity, Role
from app.auth.own_secrets import NewSecret

MAX_TOKEN = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginWish:
    """Somebody says who they are, and proves it by exactly one secret, and a code."""

    username: str
    password: str | None = field(default=None, repr=False)
    pin: str | None = field(default=None, repr=False)
    code: str | None = field(default=None, repr=False)
    device_id: str | None = None
    cookies: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RefreshWish:
    """A refresh token sent in the body; None: it came as a header or a cookie."""

    refresh_token: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """What a client signs in with from now on; both tokens are None where cookies carry them."""

    user: Identity
    expires_in: int
    access_token: str | None = field(default=None, repr=False)
    refresh_token: str | None = field(default=None, repr=False)
    token_type: str = "Bearer"  # noqa: S105  the scheme's name


class LoginSchema(Schema):
    username = text(high=64, metadata={"example": "counter1"})
    password = text(high=128, required=False, load_only=True)
    pin = text(high=8, required=False, load_only=True, metadata={"example": "4711"})
    code = text(
        high=64,
        required=False,
        load_only=True,
        metadata={
            "example": "492039",
            "description": "of the second factor, where there is one; or a recovery code",
        },
    )
    device_id = text(
        high=64,
        required=False,
        allow_none=True,
        metadata={"description": "names the handheld; it becomes part of every claim"},
    )
    cookies = fields.Boolean(
        load_default=False,
        metadata={"description": "browsers: put the tokens into HttpOnly cookies"},
    )

    @validates_schema
    def check_one_secret(self, data: dict[str, Any], **_: Any) -> None:
        if ("password" in data) == ("pin" in data):
            raise ValidationError("Give a password or a PIN, and not both.", "password")

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> LoginWish:
        return LoginWish(**data)


class RefreshSchema(Schema):
    refresh_token = text(
        high=MAX_TOKEN,
        required=False,
        allow_none=True,
        load_only=True,
        metadata={"description": "instead of a bearer header or a cookie"},
    )

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> RefreshWish:
        return RefreshWish(**data)


class NewSecretSchema(Schema):
    current = text(
        high=128, load_only=True, metadata={"description": "the password, or PIN, until now"}
    )
    new_password = fields.String(
        load_only=True,
        validate=NEW_PASSWORD,
        metadata={"example": "tulip anvil harbour", "description": "not one of the well-known"},
    )
    new_pin = fields.String(
        load_only=True,
        validate=NEW_PIN,
        metadata={"example": "4711", "description": "where there was a PIN; no row of digits"},
    )

    @validates_schema
    def check_one_secret(self, data: dict[str, Any], **_: Any) -> None:
        if ("new_password" in data) == ("new_pin" in data):
            raise ValidationError("Give a password or a PIN, and not both.", "new_password")

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> NewSecret:
        return NewSecret(**data)


class IdentitySchema(Schema):
    user_id = fields.String(required=True)
    username = fields.String(required=True, metadata={"example": "counter1"})
    name = fields.String(required=True, metadata={"example": "Ada Counter"})
    role = fields.Enum(Role, by_value=True, required=True)
    device_id = fields.String(required=True, allow_none=True)
    needs_second_factor = fields.Boolean(
        required=True,
        metadata={"description": "until it is turned on and refreshed, all else is refused"},
    )


class TokensSchema(Schema):
    access_token = fields.String(required=True, allow_none=True)
    refresh_token = fields.String(required=True, allow_none=True)
    token_type = fields.String(required=True, metadata={"example": "Bearer"})
    expires_in = fields.Integer(
        required=True, metadata={"description": "seconds until the access token expires"}
    )
    user = fields.Nested(IdentitySchema, required=True)


class SuccessSchema(Schema):
    success = fields.Boolean(required=True, metadata={"example": True})
