"""The shapes of counting sessions."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, post_load, validate

from app.api.schemas.fields import Moment
from app.api.schemas.paging import Cursor, TimeCursor
from app.api.schemas.racks import ProgressSchema
from app.api.schemas.text import text
from app.racks.rack import SessionStatus
from app.sessions.finish import FinishWish, Uncounted

MAX_PAGE = 200


class SessionSchema(Schema):
    session_id = fields.String()
    rack_id = fields.String()
    floor = fields.String()
    warehouse = fields.String()
    stocktake_id = fields.String(allow_none=True)
    user_id = fields.String(attribute="holder.user_id")
    username = fields.String(attribute="holder.username")
    name = fields.String(attribute="holder.name")
    device_id = fields.String(attribute="holder.device_id", allow_none=True)
    status = fields.Enum(SessionStatus, by_value=True)
    fence = fields.Integer()
    pass_no = fields.Integer(data_key="pass")
    blind = fields.Boolean()
    started_at = Moment()
    last_heartbeat = Moment()
    completed_at = Moment(allow_none=True)
    ended_reason = fields.String(allow_none=True)
    progress = fields.Nested(ProgressSchema)


class SessionsSchema(Schema):
    sessions = fields.List(fields.Nested(SessionSchema), required=True)
    next_cursor = Cursor(str, allow_none=True, dump_default=None)


class HistoryQuerySchema(Schema):
    limit = fields.Integer(load_default=50, validate=validate.Range(1, MAX_PAGE))
    before = Moment(load_default=None, metadata={"description": "sessions started before this"})


class RecordQuerySchema(Schema):
    limit = fields.Integer(load_default=50, validate=validate.Range(1, MAX_PAGE))
    before = TimeCursor(
        load_default=None,
        data_key="cursor",
        metadata={"description": "`next_cursor` of the page before"},
    )


class KeptRecordSchema(Schema):
    """A count as it is kept. It holds no book figure: a counter may see their own."""

    client_record_id = fields.String()
    item_code = fields.String()
    item_name = fields.String(allow_none=True)
    item_known = fields.Boolean()
    verified_qty = fields.Float()
    damage_qty = fields.Float()
    uom = fields.String(allow_none=True)
    serial_numbers = fields.List(fields.String())
    item_condition = fields.String(allow_none=True)
    lot = fields.String(dump_default=None, allow_none=True)
    expiry_date = fields.String(dump_default=None, allow_none=True)
    evidence_photos = fields.List(fields.String())
    voided = fields.Boolean(
        dump_default=False, metadata={"description": "taken back: not counted, not zero"}
    )
    status = fields.String()
    sync_status = fields.String(metadata={"description": "synced, or parked as a conflict"})
    rev = fields.Integer()
    pass_no = fields.Integer(data_key="pass", attribute="pass")
    fence = fields.Integer()
    device_id = fields.String(allow_none=True)
    created_at = Moment()
    updated_at = Moment()
    received_at = Moment()


class KeptRecordsSchema(Schema):
    records = fields.List(fields.Nested(KeptRecordSchema), required=True)
    next_cursor = TimeCursor(allow_none=True, required=True)


class StatsSchema(Schema):
    session_id = fields.String()
    records = fields.Integer()
    items = fields.Integer()
    pieces = fields.Float()
    damaged = fields.Float()
    expected = fields.Integer()
    uncounted = fields.Integer(metadata={"description": "expected items that nobody counted"})
    open_conflicts = fields.Integer()
    duration_s = fields.Float()
    pace_per_hour = fields.Float(metadata={"description": "records an hour"})
    last_record_at = Moment(allow_none=True)


class UncountedDecisionSchema(Schema):
    item_code = text(high=64)
    decision = fields.Enum(Uncounted, by_value=True, required=True)


class FinishSchema(Schema):
    """Not counted is not zero: what a person says of the items that nobody counted."""

    uncounted = fields.List(fields.Nested(UncountedDecisionSchema), load_default=list)
    uncounted_all = fields.Enum(Uncounted, by_value=True, load_default=Uncounted.OPEN)
    preview = fields.Boolean(
        load_default=False, metadata={"description": "only list them, change nothing"}
    )

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> FinishWish:
        return FinishWish(
            decisions={line["item_code"]: line["decision"] for line in data["uncounted"]},
            others=data["uncounted_all"],
            preview=data["preview"],
        )


class UncountedSchema(Schema):
    item_code = fields.Function(lambda line: line[0])
    item_name = fields.Function(lambda line: line[1])
    decision = fields.Function(lambda line: line[2].value)


class FinishedSchema(Schema):
    success = fields.Boolean(dump_default=True)
    session_id = fields.String(attribute="session.session_id")
    rack_id = fields.String(attribute="session.rack_id")
    status = fields.Enum(SessionStatus, by_value=True, attribute="session.status")
    progress = fields.Nested(ProgressSchema)
    uncounted = fields.List(fields.Nested(UncountedSchema))
