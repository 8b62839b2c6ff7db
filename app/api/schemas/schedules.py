"""The shapes of schedules and of their deliveries."""

from __future__ import annotations

from typing import Any
from zoneinfo import available_timezones

from marshmallow import Schema, ValidationError, fields, post_load, pre_dump, validate

from app.api.schemas.fields import Moment
from app.api.schemas.jobs import JobSchema
from app.api.schemas.paging import TimeCursor
from app.api.schemas.report_queries import QuerySchema
from app.api.schemas.text import text
from app.reports.formats import FORMATS
from app.schedules.delivery import Channel, Fate
from app.schedules.schedule import (
    Every,
    Keeping,
    Receivers,
    Rhythm,
    Schedule,
    ScheduleWish,
    Standing,
)

MOST_LETTERS = 10
MOST_TAGS = 10
LONGEST_ADDRESS = 254
LONGEST_URL = 2000
DEFAULT_PAGE, MAX_PAGE = 20, 100
_ZONES = available_timezones()


def _known_zone(name: str) -> None:
    if name not in _ZONES:
        raise ValidationError("Name a time zone such as Asia/Kolkata.")


class RhythmSchema(Schema):
    every = fields.Enum(Every, by_value=True, required=True)
    hour = fields.Integer(required=True, strict=True, validate=validate.Range(0, 23))
    minute = fields.Integer(load_default=0, strict=True, validate=validate.Range(0, 59))
    weekday = fields.Integer(
        load_default=0,
        strict=True,
        validate=validate.Range(0, 6),
        metadata={"description": "0 is Monday; of each week only"},
    )
    zone = text(high=64, validate=_known_zone, metadata={"example": "Asia/Kolkata"})

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Rhythm:
        return Rhythm(**data)


class KeepingSchema(Schema):
    copies = fields.Integer(
        load_default=None, allow_none=True, strict=True, validate=validate.Range(1, 1000)
    )
    days = fields.Integer(
        load_default=None, allow_none=True, strict=True, validate=validate.Range(1, 3650)
    )

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Keeping:
        if data["copies"] is None and data["days"] is None:
            raise ValidationError("Say for how many days they are kept, or how many of them.")
        return Keeping(**data)


class ReceiversSchema(Schema):
    mail = fields.List(
        fields.Email(
            validate=validate.Length(max=LONGEST_ADDRESS),
            metadata={"example": "stock@example.com"},
        ),
        load_default=list,
        validate=validate.Length(max=MOST_LETTERS),
    )
    format = fields.String(
        load_default="xlsx",
        validate=validate.OneOf(list(FORMATS)),
        metadata={"description": "of the file that goes with a letter"},
    )
    webhook = text(
        high=LONGEST_URL,
        required=False,
        load_default=None,
        allow_none=True,
        metadata={"example": "https://example.com/stock"},
    )

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Receivers:
        return Receivers(**{**data, "mail": tuple(dict.fromkeys(data["mail"]))})


class ScheduleWishSchema(Schema):
    name = text(high=100, metadata={"example": "Ground floor, every evening"})
    query = fields.Nested(QuerySchema, required=True)
    tags = fields.List(text(high=40), load_default=list, validate=validate.Length(max=MOST_TAGS))
    rhythm = fields.Nested(RhythmSchema, required=True)
    keeping = fields.Nested(KeepingSchema, required=True)
    receivers = fields.Nested(ReceiversSchema, load_default=Receivers)

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> ScheduleWish:
        return ScheduleWish(**{**data, "tags": tuple(dict.fromkeys(data["tags"]))})


class SchedulePatchSchema(Schema):
    is_paused = fields.Boolean(required=True)


class ShownReceiversSchema(Schema):
    mail = fields.List(fields.String())
    format = fields.String()
    webhook = fields.String(
        allow_none=True, metadata={"description": "without its query, which may be a secret"}
    )

    @pre_dump
    def plain(self, receivers: Receivers, **_: Any) -> dict[str, Any]:
        url, mark, _rest = (receivers.webhook or "").partition("?")
        shown = url + (mark and "?…")
        return {"mail": receivers.mail, "format": receivers.format, "webhook": shown or None}


class ScheduleSchema(Schema):
    schedule_id = fields.String()
    name = fields.String()
    query = fields.Nested(QuerySchema)
    tags = fields.List(fields.String())
    rhythm = fields.Nested(RhythmSchema)
    keeping = fields.Nested(KeepingSchema)
    receivers = fields.Nested(ShownReceiversSchema)
    is_paused = fields.Boolean()
    next_at = Moment(metadata={"description": "when it is due next, were it not paused"})
    last_at = Moment(allow_none=True)
    last = fields.Nested(
        JobSchema,
        allow_none=True,
        metadata={"description": "the last run; its `error` is why it failed"},
    )
    created_by = fields.String()
    created_by_name = fields.String()
    created_at = Moment()

    @pre_dump
    def plain(self, standing: Standing | Schedule, **_: Any) -> dict[str, Any]:
        schedule = standing.schedule if isinstance(standing, Standing) else standing
        last = standing.last if isinstance(standing, Standing) else None
        kept = {name: getattr(schedule, name) for name in Schedule.__slots__}
        return {**kept, "last": last}


class NewScheduleSchema(ScheduleSchema):
    secret = fields.String(
        allow_none=True,
        metadata={"description": "of the webhook: told now and never again", "example": "whsec_…"},
    )


class SecretSchema(Schema):
    secret = fields.String(metadata={"description": "told now and never again"})


class SchedulesSchema(Schema):
    schedules = fields.List(fields.Nested(ScheduleSchema), required=True)
    may_mail = fields.Boolean(metadata={"description": "whether a server for e-mail is set up"})


class AttemptSchema(Schema):
    at = Moment()
    was_taken = fields.Boolean()
    detail = fields.String(metadata={"example": "HTTP 503"})
    took_ms = fields.Float()


class DeliverySchema(Schema):
    delivery_id = fields.String(metadata={"description": "of a webhook, its `webhook-id`"})
    schedule_id = fields.String()
    snapshot_id = fields.String()
    channel = fields.Enum(Channel, by_value=True)
    receiver = fields.String()
    fate = fields.Enum(Fate, by_value=True)
    attempts = fields.List(fields.Nested(AttemptSchema))
    next_at = Moment(metadata={"description": "of one that waits: the next attempt"})
    created_at = Moment()
    ended_at = Moment(allow_none=True)


class DeliveriesQuerySchema(Schema):
    limit = fields.Integer(load_default=DEFAULT_PAGE, validate=validate.Range(1, MAX_PAGE))
    cursor = TimeCursor(load_default=None)


class DeliveriesSchema(Schema):
    deliveries = fields.List(fields.Nested(DeliverySchema), required=True)
    next_cursor = TimeCursor(required=True, allow_none=True)
