"""Counts: what was counted, for the rooms above and the map."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.db.client import Document
from app.racks.rack import CountSession
from app.sync.conflict_store import ConflictStore
from app.sync.figures import Figures, ItemCount
from app.sync.store import RecordStore


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """About how many records and serials are stored. `durable`: a write is acknowledged once a
    majority has it on disk. `guarded`: unique indexes keep everything from standing twice.
    """

    records: int
    serials: int
    durable: bool
    guarded: bool


class Counts:
    """Figures from the records themselves, per rack and fence."""

    def __init__(self, records: RecordStore, conflicts: ConflictStore) -> None:
        self._records = records
        self._conflicts = conflicts

    def kept(self) -> Kept:
        """What is stored, as the database knows it without reading it."""
        records, serials, durable = self._records.kept()
        guarded = self._records.guards()
        return Kept(records=records, serials=serials, durable=durable, guarded=guarded)

    def figures(self, session: CountSession) -> Figures:
        """What the session counted under its fence."""
        return self._records.figures(session.session_id, session.fence)

    def latest(
        self, session: CountSession, *, before: tuple[datetime, str] | None, limit: int
    ) -> list[Document]:
        """The session's records as they are kept, the newest first, those behind a position."""
        return self._records.latest(session.session_id, before=before, limit=limit)

    def items_counted(self, session: CountSession) -> set[str]:
        """The item codes counted at the session's rack under its fence, by whoever held it."""
        return self._records.items_counted(session.rack_id, session.fence)

    def by_item(self, rack_id: str, fences: Sequence[int]) -> list[ItemCount]:
        """What was counted at a rack under these fences, by item and fence."""
        return self._records.by_item(rack_id, fences)

    def amounts(self, session_ids: Sequence[str]) -> dict[str, tuple[int, float]]:
        """Records and pieces that each of these sessions counted."""
        return self._records.amounts(session_ids)

    def waiting(self, session_ids: Sequence[str]) -> Mapping[str, int]:
        """How many records of each of these sessions wait for a decision."""
        return self._conflicts.open_by_session(session_ids)

    def open_conflicts_at(self, rack_ids: Iterable[str]) -> int:
        """How many records of these racks wait for a decision."""
        by_rack = self._conflicts.open_by_rack()
        return sum(by_rack.get(rack_id, 0) for rack_id in rack_ids)

    def open_conflicts(self, session: CountSession) -> int:
        """How many of the session's records wait for a decision."""
        return self._conflicts.open_of_session(session.session_id, session.holder.user_id)
