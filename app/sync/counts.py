"""Counts: what was counted, for the rooms above and the map."""

from __future__ import annotations

from datetime import datetime

from app.db.client import Document
from app.racks.rack import CountSession
from app.sync.conflict_store import ConflictStore
from app.sync.store import Figures, RecordStore


class Counts:
    """Figures from the records themselves, per rack and fence."""

    def __init__(self, records: RecordStore, conflicts: ConflictStore) -> None:
        self._records = records
        self._conflicts = conflicts

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

    def open_conflicts(self, session: CountSession) -> int:
        """How many of the session's records wait for a decision."""
        return self._conflicts.open_of_session(session.session_id, session.holder.user_id)
