"""The shapes of managing users. No schema names a hash, so none can be answered."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from marshmallow import Schema, fields, post_load, validate

from app.api.schemas.fields import Moment
from app.api.schemas.paging import Cursor
from app.api.schemas.text import plain_text, text
from app.auth.accounts import NewUser, UserChange
from app.auth.identity import Role
from app.auth.user_import import RowVerdict

MAX_PAGE = 200
DEFAULT_PAGE = 50

_USERNAME = validate.Regexp(
    r"[A-Za-z0-9._-]{1,64}\Z", error="1 to 64 of the signs a-z, 0-9, dot, underscore and hyphen."
)
NEW_PASSWORD: list[Callable[[str], Any]] = [validate.Length(min=8, max=128), plain_text]
NEW_PIN = validate.Regexp(r"[0-9]{4,8}\Z", error="4 to 8 digits.")


class UsersQuerySchema(Schema):
    limit = fields.Integer(load_default=DEFAULT_PAGE, validate=validate.Range(min=1, max=MAX_PAGE))
    after = Cursor(
        str, data_key="cursor", metadata={"description": "`next_cursor` of the page before"}
    )


class NewUserSchema(Schema):
    username = fields.String(
        required=True,
        validate=_USERNAME,
        metadata={"example": "counter7", "description": "kept in lower case"},
    )
    name = text(high=100, metadata={"example": "Ada Counter"})
    role = fields.Enum(Role, by_value=True, required=True)
    password = fields.String(load_only=True, validate=NEW_PASSWORD)
    pin = fields.String(
        load_only=True,
        validate=NEW_PIN,
        metadata={"description": "roles counter and device only", "example": "4711"},
    )

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> NewUser:
        return NewUser(**data)


class UserChangeSchema(Schema):
    name = text(high=100, required=False)
    role = fields.Enum(Role, by_value=True)
    password = fields.String(load_only=True, validate=NEW_PASSWORD)
    pin = fields.String(load_only=True, validate=NEW_PIN)
    active = fields.Boolean()
    second_factor = fields.Boolean(
        validate=validate.OneOf([False]),
        metadata={"description": "false: forget it, as the phone is lost"},
    )

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> UserChange:
        forget = data.pop("second_factor", None) is False
        return UserChange(**data, forget_second_factor=forget)


class UserSchema(Schema):
    user_id = fields.String(required=True)
    username = fields.String(required=True)
    name = fields.String(required=True)
    role = fields.Enum(Role, by_value=True, required=True)
    active = fields.Boolean(required=True)
    has_pin = fields.Boolean(required=True)
    has_second_factor = fields.Boolean(required=True)
    created_at = Moment(required=True)


class UserPageSchema(Schema):
    users = fields.List(fields.Nested(UserSchema), required=True)
    next_cursor = Cursor(
        str,
        attribute="next_position",
        required=True,
        allow_none=True,
        metadata={"description": "null: this was the last page"},
    )


class ImportFormSchema(Schema):
    file = fields.Raw(
        required=True,
        metadata={
            "type": "string",
            "format": "binary",
            "description": "CSV in UTF-8: username, name, role; pin or password where it is set",
        },
    )


class ImportQuerySchema(Schema):
    dry_run = fields.Boolean(
        load_default=False, metadata={"description": "tell what would be done, and do nothing"}
    )


class RowOutcomeSchema(Schema):
    line = fields.Integer(metadata={"description": "of the file; its first line has the names"})
    username = fields.String()
    verdict = fields.Enum(RowVerdict, by_value=True)
    why = fields.Dict(allow_none=True, metadata={"description": "each field and what is wrong"})
    pin = fields.String(allow_none=True, metadata={"description": "made here, shown this once"})
    password = fields.String(
        allow_none=True, metadata={"description": "made here, shown this once"}
    )


class UserImportSchema(Schema):
    rows = fields.List(fields.Nested(RowOutcomeSchema), required=True)
