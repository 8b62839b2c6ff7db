"""The trail of a serial number: where it was seen, by whom, when, and how it moved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from app.db.client import Document
from app.sync.conflict_store import ConflictStore
from app.sync.store import RecordStore

MOST = 100
"""Sightings of one number, the newest; a number that is seen more often is none."""


class Seen(StrEnum):
    """What became of a sighting: `holds` is the count that has the number now, `counted` one that
    another followed, `parked` one that waits for a decision or was decided on.
    """

    HOLDS = "holds"
    COUNTED = "counted"
    PARKED = "parked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """`moved_from` is the rack of the count before, where that was another."""

    seen: Seen
    at: datetime
    item_code: str | None
    rack_id: str
    floor: str
    username: str
    session_id: str
    client_record_id: str
    stocktake_id: str | None = None
    pass_no: int | None = None
    device_id: str | None = None
    conflict_id: str | None = None
    conflict_type: str | None = None
    status: str | None = None
    moved_from: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Trail:
    """The sightings, the newest first; `moves` says how often the rack was another."""

    serial_number: str
    sightings: Sequence[Sighting]
    moves: int


class SerialTrails:
    """Trails from the counts as they are, and the conflicts. Not in a trail: a count whose counter
    took the number out of it again.
    """

    def __init__(self, records: RecordStore, conflicts: ConflictStore) -> None:
        self._records = records
        self._conflicts = conflicts

    def of(self, serial: str) -> Trail:
        """All sightings of a number, at most MOST of each kind; none is no error."""
        holders = {held["client_record_id"] for held in self._records.serials.held([serial])}
        seen = [
            *(_counted(doc, holders) for doc in self._records.with_serial(serial, MOST)),
            *(_parked(doc) for doc in self._conflicts.with_serial(serial, MOST)),
        ]
        seen.sort(key=lambda each: (each["at"], each["client_record_id"]))
        rack: str | None = None
        trail = []
        for facts in seen:
            is_counted = facts["seen"] is not Seen.PARKED
            moved = is_counted and rack is not None and facts["rack_id"] != rack
            trail.append(Sighting(**facts, moved_from=rack if moved else None))
            rack = facts["rack_id"] if is_counted else rack
        moves = sum(each.moved_from is not None for each in trail)
        return Trail(serial_number=serial, sightings=trail[::-1], moves=moves)


_SHARED = ("rack_id", "floor", "username", "session_id", "client_record_id")


def _counted(doc: Document, holders: set[str]) -> dict[str, Any]:
    holds = doc["client_record_id"] in holders
    return {
        **_shared(doc),
        "seen": Seen.HOLDS if holds else Seen.COUNTED,
        "at": doc["received_at"],
        "item_code": doc["item_code"],
        "stocktake_id": doc.get("stocktake_id"),
        "pass_no": doc.get("pass"),
        "device_id": doc.get("device_id"),
    }


def _parked(doc: Document) -> dict[str, Any]:
    return {
        **_shared(doc),
        "seen": Seen.PARKED,
        "at": doc["created_at"],
        "item_code": doc["payload"].get("item_code"),
        "conflict_id": doc["conflict_id"],
        "conflict_type": doc["conflict_type"],
        "status": doc["status"],
    }


def _shared(doc: Mapping[str, Any]) -> dict[str, Any]:
    return {name: doc[name] for name in _SHARED}
