"""The shapes of what sockets send."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, post_load, validate

from app.api.schemas.fields import Whole
from app.api.schemas.quick import ID_MAX, MAX_SEQUENCE
from app.api.schemas.sync import optional
from app.api.schemas.text import text
from app.live.audience import WatchWish

MAX_WATCHED = 500


def _names(high: int) -> fields.List[str]:
    return fields.List(
        text(high=high),
        load_default=list,
        allow_none=True,
        validate=validate.Length(max=MAX_WATCHED),
    )


class WatchSchema(Schema):
    floors = _names(64)
    racks = _names(64)
    sessions = _names(ID_MAX)
    since = Whole(high=MAX_SEQUENCE, load_default=None, allow_none=True)

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> WatchWish:
        lists = {name: tuple(data[name] or ()) for name in ("floors", "racks", "sessions")}
        return WatchWish(**lists, since=data["since"])


class HeartbeatSchema(Schema):
    session_id = text(high=ID_MAX)
    rack_id = optional(high=64)
    queue_length = Whole(high=10_000_000, load_default=None, allow_none=True)
    queue_age_s = Whole(high=1_000_000_000, load_default=None, allow_none=True)
