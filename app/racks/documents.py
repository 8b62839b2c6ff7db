"""Racks and sessions as MongoDB keeps them, and back."""

from __future__ import annotations

from datetime import datetime, timedelta

from app.auth.identity import Holder
from app.db.client import Document
from app.racks.rack import CountSession, Lease, Progress, Queue, Rack, RackStatus, SessionStatus

HELD_FIELDS = dict.fromkeys(
    ("claimed_by", "holder", "session_id", "lock_expires_at", "claimed_at", "offered_to"), ""
)
"""What a rack has only while somebody holds it, in the form `$unset` takes."""
ASSIGNED_FIELDS = {"assigned_to": ""}


def not_kept_from(user_id: str) -> Document:
    """Which racks are assigned to nobody, or to this user."""
    return {"assigned_to.user_id": {"$in": [None, user_id]}}


def new_rack(
    rack_id: str, *, floor: str, zone: str, row: int, column: int, warehouse: str
) -> Document:
    """A rack of the floor plan that nobody counted yet."""
    return {
        "rack_id": rack_id,
        "floor": floor,
        "zone": zone,
        "row": row,
        "column": column,
        "warehouse": warehouse,
        "status": RackStatus.AVAILABLE.value,
        "fence": 0,
        "pass": 1,
        "recount": False,
        "blind": False,
        "expected_items": 0,
        "counted_by": [],
        "recount_items": [],
    }


def holding(lease: Lease, holder: Holder, now: datetime) -> Document:
    """What a rack says while this lease holds it."""
    return {
        "status": RackStatus.ACTIVE.value,
        "fence": lease.fence,
        "claimed_by": holder.user_id,
        "holder": _holder_doc(holder),
        "session_id": lease.session_id,
        "last_session_id": lease.session_id,
        "claimed_at": now,
        "last_heartbeat": now,
        "lock_expires_at": now + timedelta(seconds=lease.ttl_s),
    }


def new_session(rack: Rack, lease: Lease, holder: Holder, now: datetime) -> Document:
    """The counting session that a claim starts."""
    return {
        "session_id": lease.session_id,
        "rack_id": rack.rack_id,
        "floor": rack.floor,
        "warehouse": rack.warehouse,
        "stocktake_id": rack.stocktake_id,
        "user_id": holder.user_id,
        "holder": _holder_doc(holder),
        "status": SessionStatus.ACTIVE.value,
        "fence": lease.fence,
        "pass": rack.pass_no,
        "blind": rack.blind,
        "recount_items": list(rack.recount_items),
        "started_at": now,
        "last_heartbeat": now,
        "records": 0,
        "pieces": 0,
        "counted_items": [],
        "expected": len(rack.recount_items) or rack.expected_items,
    }


def rack_from(doc: Document) -> Rack:
    """The rack that a document of `rack_registry` is."""
    return Rack(
        rack_id=doc["rack_id"],
        floor=doc["floor"],
        zone=doc.get("zone"),
        row=doc["row"],
        column=doc["column"],
        warehouse=doc["warehouse"],
        status=RackStatus(doc["status"]),
        fence=doc["fence"],
        pass_no=doc["pass"],
        recount=doc["recount"],
        blind=doc["blind"],
        stocktake_id=doc.get("stocktake_id"),
        expected_items=doc["expected_items"],
        counted_by=tuple(doc["counted_by"]),
        recount_items=tuple(doc.get("recount_items", ())),
        holder=_holder_from(doc.get("claimed_by"), doc.get("holder")),
        session_id=doc.get("session_id"),
        last_session_id=doc.get("last_session_id"),
        offered_to=doc.get("offered_to"),
        assigned_to=_assigned_from(doc.get("assigned_to")),
        claimed_at=doc.get("claimed_at"),
        lease_expires_at=doc.get("lock_expires_at"),
        last_heartbeat=doc.get("last_heartbeat"),
        fence_above=doc.get("fence_above", 0),
    )


def session_from(doc: Document) -> CountSession:
    """The session that a document of `verification_sessions` is."""
    holder = _holder_from(doc["user_id"], doc["holder"])
    assert holder is not None  # noqa: S101 — every session has one
    return CountSession(
        session_id=doc["session_id"],
        rack_id=doc["rack_id"],
        floor=doc["floor"],
        warehouse=doc["warehouse"],
        stocktake_id=doc.get("stocktake_id"),
        holder=holder,
        status=SessionStatus(doc["status"]),
        fence=doc["fence"],
        pass_no=doc["pass"],
        blind=doc["blind"],
        started_at=doc["started_at"],
        last_heartbeat=doc["last_heartbeat"],
        completed_at=doc.get("completed_at"),
        ended_reason=doc.get("ended_reason"),
        counted_items=frozenset(doc["counted_items"]),
        progress=Progress(
            records=doc["records"],
            items=len(doc["counted_items"]),
            pieces=doc["pieces"],
            expected=doc["expected"],
        ),
        uncounted=tuple((u["item_code"], u["decision"]) for u in doc.get("uncounted", ())),
        last_count_at=doc.get("last_count_at"),
        recount_items=tuple(doc.get("recount_items", ())),
        late_pass=doc.get("late_pass", False),
        queue=_queue_from(doc),
    )


def _assigned_from(doc: Document | None) -> Holder | None:
    return Holder(**doc) if doc else None


def _queue_from(doc: Document) -> Queue | None:
    if doc.get("queue_length") is None:
        return None
    return Queue(length=doc["queue_length"], age_s=doc.get("queue_age_s"))


def _holder_doc(holder: Holder) -> Document:
    return {"username": holder.username, "name": holder.name, "device_id": holder.device_id}


def _holder_from(user_id: str | None, doc: Document | None) -> Holder | None:
    if user_id is None or doc is None:
        return None
    return Holder(user_id=user_id, **doc)
