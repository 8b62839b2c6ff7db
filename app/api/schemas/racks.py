"""The shapes of racks and leases."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from marshmallow import Schema, fields, post_load, validate

from app.api.schemas.fields import Moment
from app.api.schemas.paging import Cursor
from app.api.schemas.text import text
from app.auth.identity import named
from app.clock import iso
from app.racks.leases import ClaimWish
from app.racks.map import MapRack
from app.racks.rack import Progress, RackStatus

MAX_PAGE = 10_000
MAX_ASSIGNED = 500


class HolderSchema(Schema):
    user_id = fields.String()
    username = fields.String()
    name = fields.String()
    device_id = fields.String(allow_none=True)


class AssigneeSchema(Schema):
    user_id = fields.String()
    username = fields.String()
    name = fields.String()


class ProgressSchema(Schema):
    records = fields.Integer()
    items = fields.Integer()
    pieces = fields.Float()
    expected = fields.Integer(metadata={"description": "items of the catalogue at this rack"})


class RackSchema(Schema):
    """A rack of the map; `progress` and `open_conflicts` only for who may see others' counts."""

    rack_id = fields.String(attribute="rack.rack_id")
    floor = fields.String(attribute="rack.floor")
    zone = fields.String(attribute="rack.zone", allow_none=True)
    row = fields.Integer(attribute="rack.row")
    column = fields.Integer(attribute="rack.column")
    warehouse = fields.String(attribute="rack.warehouse")
    status = fields.Enum(RackStatus, by_value=True, attribute="rack.status")
    recount = fields.Boolean(attribute="rack.recount")
    recount_items = fields.List(fields.String(), attribute="rack.recount_items")
    pass_no = fields.Integer(attribute="rack.pass_no", data_key="pass")
    fence = fields.Integer(attribute="rack.fence")
    holder = fields.Nested(HolderSchema, attribute="rack.holder", allow_none=True)
    assigned_to = fields.Nested(
        AssigneeSchema,
        allow_none=True,
        metadata={"description": "the only counter who may claim the rack now"},
    )
    session_id = fields.String(attribute="rack.session_id", allow_none=True)
    last_session_id = fields.String(attribute="rack.last_session_id", allow_none=True)
    lease_expires_at = Moment(attribute="rack.lease_expires_at", allow_none=True)
    claimed_at = Moment(attribute="rack.claimed_at", allow_none=True)
    last_heartbeat = Moment(attribute="rack.last_heartbeat", allow_none=True)
    progress = fields.Nested(ProgressSchema, allow_none=True)
    open_conflicts = fields.Integer(allow_none=True)
    queue_length = fields.Integer(
        attribute="queue.length",
        dump_default=None,
        allow_none=True,
        metadata={"description": "records that wait on the holder's device"},
    )
    queue_age_s = fields.Integer(
        attribute="queue.age_s",
        dump_default=None,
        allow_none=True,
        metadata={"description": "for how many seconds the oldest of them waits"},
    )

    def dump(self, obj: Any, *, many: bool | None = None) -> Any:
        """As marshmallow dumps it, in a fifteenth of the time: a map has up to 10,000 racks, and
        nobody else is served meanwhile. A property test holds that both come to the same.
        """
        several = self.many if many is None else many
        return [_shown(each) for each in obj] if several else _shown(obj)


def _shown(seen: MapRack) -> dict[str, Any]:
    rack, holder, progress, queue = seen.rack, seen.rack.holder, seen.progress, seen.queue
    return {
        "rack_id": rack.rack_id,
        "floor": rack.floor,
        "zone": rack.zone,
        "row": rack.row,
        "column": rack.column,
        "warehouse": rack.warehouse,
        "status": rack.status.value,
        "recount": rack.recount,
        "recount_items": list(rack.recount_items),
        "pass": rack.pass_no,
        "fence": rack.fence,
        "holder": {**named(holder), "device_id": holder.device_id} if holder else None,
        "assigned_to": named(seen.assigned_to) if seen.assigned_to else None,
        "session_id": rack.session_id,
        "last_session_id": rack.last_session_id,
        "lease_expires_at": _moment(rack.lease_expires_at),
        "claimed_at": _moment(rack.claimed_at),
        "last_heartbeat": _moment(rack.last_heartbeat),
        "progress": _figures(progress) if progress else None,
        "open_conflicts": seen.open_conflicts,
        "queue_length": queue.length if queue else None,
        "queue_age_s": queue.age_s if queue else None,
    }


def _figures(progress: Progress) -> dict[str, float]:
    return {
        "records": progress.records,
        "items": progress.items,
        "pieces": float(progress.pieces),
        "expected": progress.expected,
    }


def _moment(at: datetime | None) -> str | None:
    return None if at is None else iso(at)


class RacksSchema(Schema):
    racks = fields.List(fields.Nested(RackSchema), required=True)
    next_cursor = Cursor(str, allow_none=True, dump_default=None)


class RackQuerySchema(Schema):
    floor = text(high=64, required=False, load_default=None)
    limit = fields.Integer(load_default=MAX_PAGE, validate=validate.Range(1, MAX_PAGE))
    cursor = Cursor(str, load_default=("",))


class FloorQuerySchema(Schema):
    floor = text(high=64, required=False, load_default=None)


class FloorSchema(Schema):
    floor = fields.String()
    racks = fields.Integer()
    available = fields.Integer()
    active = fields.Integer()
    paused = fields.Integer()
    completed = fields.Integer()


class FloorsSchema(Schema):
    floors = fields.List(fields.Nested(FloorSchema), required=True)


class ClaimSchema(Schema):
    floor = text(
        high=64,
        required=False,
        allow_none=True,
        load_default=None,
        metadata={"description": "as a check: 409 where the rack stands on another"},
    )
    device_id = text(
        high=64,
        required=False,
        allow_none=True,
        load_default=None,
        metadata={"description": "default: the device of the sign-in"},
    )
    take_over = fields.Boolean(
        load_default=False,
        metadata={"description": "go on here with a rack that you hold on another device"},
    )

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> ClaimWish:
        return ClaimWish(**data)


class LeaseSchema(Schema):
    success = fields.Boolean(dump_default=True)
    rack_id = fields.String()
    session_id = fields.String()
    floor = fields.String()
    lock_ttl = fields.Integer(attribute="ttl_s", metadata={"description": "seconds"})
    fencing_token = fields.Integer(attribute="fence")
    pass_no = fields.Integer(data_key="pass")
    blind = fields.Boolean()
    recount_items = fields.List(
        fields.String(), metadata={"description": "the pass is of these items; empty: of all"}
    )
    message = fields.String()


@dataclass(frozen=True, slots=True, kw_only=True)
class MovedRack:
    """The answer to a move: the rack's new state and what that means for the caller."""

    rack_id: str
    session_id: str | None
    status: RackStatus
    message: str
    success: bool = True


class MovedSchema(Schema):
    success = fields.Boolean()
    rack_id = fields.String()
    session_id = fields.String(allow_none=True)
    status = fields.Enum(RackStatus, by_value=True)
    message = fields.String()


class ReasonSchema(Schema):
    reason = text(high=500, metadata={"example": "Two pallets were moved meanwhile."})


_USER_ID = text(
    high=64,
    allow_none=True,
    metadata={"description": "who shall count it; null: whoever comes", "example": "u-ada"},
)


class AssignSchema(Schema):
    user_id = _USER_ID


class AssignAllSchema(Schema):
    rack_ids = fields.List(
        text(high=64),
        required=True,
        validate=validate.Length(1, MAX_ASSIGNED),
        metadata={"example": ["G-01", "G-02"]},
    )
    user_id = _USER_ID


class RefusedSchema(Schema):
    rack_id = fields.Function(lambda error: error.facts.get("rack_id"))
    code = fields.String()
    detail = fields.String()


class AssignedSchema(Schema):
    """Each rack of the request stands in exactly one of the two."""

    assigned = fields.List(fields.String(), required=True)
    refused = fields.List(fields.Nested(RefusedSchema), required=True)


class OfferSchema(Schema):
    username = text(high=64, metadata={"description": "the colleague", "example": "counter2"})
