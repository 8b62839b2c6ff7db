"""/api/settings: how this installation is set up, without anything secret."""

from __future__ import annotations

from flask import current_app
from marshmallow import Schema, fields

from app.api.blueprint import Blueprint
from app.api.context import permit
from app.auth.permissions import Action

blp = Blueprint("settings", __name__, url_prefix="/api/settings", description="How it is set up")


class SettingSchema(Schema):
    name = fields.String(metadata={"example": "RACK_LOCK_TTL"})
    value = fields.String(metadata={"example": "60"})
    about = fields.String()


class SettingsSchema(Schema):
    settings = fields.List(fields.Nested(SettingSchema), required=True)


@blp.get("")
@permit(Action.SEE_USERS)
@blp.response(200, SettingsSchema)
def settings() -> dict[str, list[dict[str, str]]]:
    """The environment's settings of this process; a secret is only said to be set."""
    return {"settings": current_app.config["SHOWN_SETTINGS"]}
