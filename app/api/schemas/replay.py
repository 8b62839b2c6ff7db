"""The shapes of looking back at the rack map."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from marshmallow import Schema, ValidationError, fields, post_load, pre_dump, validate

from app.api.schemas.fields import Moment
from app.api.schemas.logs import EntrySchema
from app.api.schemas.paging import LAST_MS, Cursor
from app.racks.replay import CHUNK, ReplayPage, ReplayWish

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MS = timedelta(milliseconds=1)


def _is_a_time(cursor: tuple[int, int]) -> None:
    if cursor[0] > LAST_MS:
        raise ValidationError("Send `next_cursor` of the page before, as it was.")


class ReplayQuerySchema(Schema):
    since = Moment(
        required=True, metadata={"description": "when the stocktake began: every rack was free"}
    )
    start = Moment(data_key="from", load_default=None, metadata={"description": "default: since"})
    end = Moment(data_key="to", load_default=None, metadata={"description": "default: now"})
    limit = fields.Integer(load_default=CHUNK, validate=validate.Range(1, CHUNK))
    cursor = Cursor(int, int, load_default=None, validate=_is_a_time)

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> ReplayWish:
        cursor = data.pop("cursor")
        return ReplayWish(**data, after=cursor and (_EPOCH + cursor[0] * _MS, cursor[1]))


class ReplaySchema(Schema):
    start = Moment(data_key="from")
    end = Moment(data_key="to")
    base = fields.List(
        fields.Nested(EntrySchema),
        required=True,
        metadata={"description": "the last moves of each rack before `from`; on the first page"},
    )
    moves = fields.List(fields.Nested(EntrySchema), required=True)
    next_cursor = Cursor(int, int, required=True, allow_none=True)

    @pre_dump
    def place(self, page: ReplayPage, **_: Any) -> dict[str, Any]:
        position = page.next_position
        place = position and ((position[0] - _EPOCH) // _MS, position[1])
        shown = {name: getattr(page, name) for name in ("start", "end", "base", "moves")}
        return {**shown, "next_cursor": place}
