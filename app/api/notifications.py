"""/api/notifications: what supervisors tell people."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, post_load

from app.api.blueprint import Blueprint
from app.api.context import caller_key, permit, warehouse, who
from app.api.schemas.text import text
from app.auth.messages import Letter, Level
from app.auth.permissions import Action
from app.extensions import limiter

MAX_SIGNS = 280
"""Read at a glance, with gloves on."""
MOST = "30 per minute"
"""What one supervisor may send: more would bury the counts."""

blp = Blueprint(
    "notifications", __name__, url_prefix="/api/notifications", description="Messages to people"
)


class LetterSchema(Schema):
    message = text(high=MAX_SIGNS, metadata={"example": "Break at ten, please finish your rack."})
    level = fields.Enum(Level, by_value=True, load_default=Level.INFO)
    user_id = text(
        high=64,
        required=False,
        allow_none=True,
        load_default=None,
        metadata={"description": "to whom; null: to everybody"},
    )

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Letter:
        return Letter(**data)


class SentSchema(Schema):
    success = fields.Boolean(dump_default=True)
    message_id = fields.String(required=True)


@blp.post("")
@permit(Action.SEND_MESSAGE)
@blp.arguments(LetterSchema)
@blp.response(200, SentSchema)
@limiter.limit(MOST, key_func=caller_key, override_defaults=False)
def send(letter: Letter) -> dict[str, str]:
    """Tell one person, or everybody, something: the `notification` event of type `message`."""
    return {"message_id": warehouse().messages.send(letter, by=who())}
