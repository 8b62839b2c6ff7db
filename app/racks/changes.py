"""How a lease's documents change: where, and to what. Pure; the stores of this room write it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from app.db.client import Document
from app.racks.acts import SessionChange
from app.racks.documents import ASSIGNED_FIELDS, HELD_FIELDS
from app.racks.rack import Queue, Rack, RackStatus, SessionStatus

FREED = {"$set": {"status": RackStatus.AVAILABLE}, "$unset": HELD_FIELDS}
FRESH = 1 / 12
"""The part of a lease's life, 5 s of 60, in which another sign of life is no news: it is not
written once more, and the answer tells what is left of the life that was.
"""


@dataclass(frozen=True, slots=True)
class Touch:
    """A sign of life of a user's session, at its rack where that is named: the lease shall last
    `ttl_s` from `at` on. What waits on the device is news whenever it is told.
    """

    session_id: str
    user_id: str
    at: datetime
    ttl_s: int
    rack_id: str | None = None
    queue: Queue | None = None

    @property
    def is_news_after(self) -> datetime:
        """It changes nothing where the holder was heard of later."""
        fresh_s = self.ttl_s * FRESH if self.queue is None else 0
        return self.at - timedelta(seconds=fresh_s)


@dataclass(frozen=True, slots=True, kw_only=True)
class Added:
    """What counts add to a session's progress: records, pieces, the codes of their items, and of
    those that a count of it was of and is of no more. `at`: when its counter sent them, None where
    a supervisor took them in.
    """

    session_id: str
    records: int
    pieces: float
    items: frozenset[str]
    given_up: frozenset[str] = frozenset()
    at: datetime | None = None

    def __add__(self, later: Added) -> Added:
        """Both of one session."""
        return Added(
            session_id=self.session_id,
            records=self.records + later.records,
            pieces=self.pieces + later.pieces,
            items=self.items | later.items,
            given_up=self.given_up | later.given_up,
            at=later.at or self.at,
        )


def free(rack: Rack) -> Document:
    """A rack that nobody took since, and that is at the same pass."""
    return {
        "rack_id": rack.rack_id,
        "fence": rack.fence,
        "pass": rack.pass_no,
        "status": RackStatus.AVAILABLE,
    }


def held(rack: Rack) -> Document:
    """A rack that the same session still holds."""
    return {"rack_id": rack.rack_id, "fence": rack.fence, "session_id": rack.session_id}


def its_session(rack: Rack, change: Mapping[str, Any]) -> SessionChange | None:
    """What becomes of the session that has the rack; None where none has."""
    return SessionChange(session_id=rack.session_id, change=change) if rack.session_id else None


def to_seal() -> Document:
    """A mark of its own on a session whose counts are to be sealed, and its progress made right."""
    return {"custody_due": uuid4().hex}


def released(now: datetime, reason: str) -> Document:
    """A session that is over before its rack was counted."""
    return {"$set": {"status": SessionStatus.RELEASED, "ended_reason": reason, "ended_at": now}}


def counted(user_id: str, now: datetime) -> Document:
    """A rack that this user finished."""
    return {
        "$set": {
            "status": RackStatus.COMPLETED,
            "recount": False,
            "recount_items": [],
            "completed_at": now,
            "lines_due": uuid4().hex,
        },
        "$addToSet": {"counted_by": user_id},
        "$unset": HELD_FIELDS | ASSIGNED_FIELDS,
    }


def to_recount(rack: Rack, reason: str, items: Sequence[str]) -> Document:
    """A rack that waits for its next pass, by another than who has it now; of these items, or of
    all where there are none.
    """
    return {
        "$set": {
            "status": RackStatus.AVAILABLE,
            "recount": True,
            "recount_reason": reason,
            "recount_items": list(items),
        },
        "$inc": {"pass": 1},
        "$addToSet": {"counted_by": {"$each": [rack.holder.user_id] if rack.holder else []}},
        "$unset": HELD_FIELDS | ASSIGNED_FIELDS,
    }


def touched(touch: Touch) -> tuple[Document, list[Document]]:
    """Where the session holds its rack, and how its lease goes on. What is fresh stays as it is:
    such an update writes nothing.
    """
    where = {"session_id": touch.session_id, "claimed_by": touch.user_id}
    if touch.rack_id is not None:
        where["rack_id"] = touch.rack_id
    is_news = {"$lte": ["$last_heartbeat", touch.is_news_after]}
    until = touch.at + timedelta(seconds=touch.ttl_s)
    later = {"lock_expires_at": until, "last_heartbeat": touch.at}
    change = {
        name: {"$cond": [is_news, {"$max": [f"${name}", moment]}, f"${name}"]}
        for name, moment in later.items()
    }
    return where, [{"$set": change}]


def counted_more(added: Added) -> tuple[Document, Document]:
    """Which session counted more, and its figures then."""
    change: Document = {
        "$inc": {"records": added.records, "pieces": added.pieces},
        "$set": to_seal(),
    }
    if added.items:
        change["$addToSet"] = {"counted_items": {"$each": list(added.items)}}
    if added.at is not None:
        change["$max"] = {"last_heartbeat": added.at, "last_count_at": added.at}
    return {"session_id": added.session_id}, change


def noted(touch: Touch) -> tuple[Document, Document]:
    """Which session lives, and what becomes of it by that."""
    change: Document = {"$max": {"last_heartbeat": touch.at}}
    if touch.queue is not None:
        change["$set"] = {"queue_length": touch.queue.length, "queue_age_s": touch.queue.age_s}
    return {"session_id": touch.session_id}, change
