"""A conflict: a parked record with its whole payload, and what was decided on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeVar

from app.events import ConflictEvent
from app.sync.records import ConflictType

E = TypeVar("E", bound=ConflictEvent)

OPEN = "open"
RESOLVED = "resolved"

AGES: Mapping[str, timedelta] = {
    "up_to_15_min": timedelta(minutes=15),
    "up_to_1_h": timedelta(hours=1),
    "up_to_4_h": timedelta(hours=4),
}
"""Classes of age, each with the oldest that is in it; what is older is `OLDER`."""
OLDER = "longer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """A parked record and what was decided on it. `server` is the other side as it was then."""

    conflict_id: str
    conflict_type: ConflictType
    client_record_id: str
    session_id: str
    rack_id: str
    floor: str
    user_id: str
    username: str
    message: str
    details: Mapping[str, Any]
    payload: Mapping[str, Any]
    status: str
    created_at: datetime
    resolution: str | None = None
    note: str | None = None
    merged: Mapping[str, Any] | None = None
    settled_by: str | None = None
    settled_by_name: str | None = None
    settled_at: datetime | None = None
    server: Mapping[str, Any] | None = None


def event_of(kind: type[E], conflict: Conflict) -> E:
    """What is told of a conflict, as it is now."""
    return kind(
        conflict_id=conflict.conflict_id,
        conflict_type=conflict.conflict_type.value,
        client_record_id=conflict.client_record_id,
        rack_id=conflict.rack_id,
        floor=conflict.floor,
        user_id=conflict.user_id,
        resolution=conflict.resolution,
        settled_by=conflict.settled_by,
        settled_by_name=conflict.settled_by_name,
        note=conflict.note,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskQuery:
    """Which conflicts a page shows: those with these fields, at least this old, in the order of
    their age, from a (time, id) place on.
    """

    where: Mapping[str, str] = field(default_factory=dict)
    older_than: timedelta = timedelta()
    oldest_first: bool = False
    after: tuple[datetime, str] | None = None
    limit: int = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenGroup:
    """How many open conflicts have one type, floor and age, and since when the oldest waits."""

    conflict_type: str
    floor: str
    age: str
    n: int
    oldest_at: datetime
