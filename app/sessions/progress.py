"""Progress: a session's figures, from its records."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from app.auth.identity import Identity
from app.clock import Clock
from app.db.client import Document
from app.items.catalogue import Catalogue
from app.racks.standing import Standing
from app.sync.counts import Counts

SECONDS_AN_HOUR = 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionStats:
    """What a session counted so far. `pace_per_hour` is records an hour since its start."""

    session_id: str
    records: int
    items: int
    pieces: float
    damaged: float
    expected: int
    uncounted: int
    open_conflicts: int
    duration_s: float
    pace_per_hour: float
    last_record_at: datetime | None


class SessionProgress:
    """Computes a session's figures when somebody asks."""

    def __init__(
        self, standing: Standing, counts: Counts, catalogue: Catalogue, clock: Clock
    ) -> None:
        self._standing = standing
        self._counts = counts
        self._catalogue = catalogue
        self._clock = clock

    def records(
        self, session_id: str, by: Identity, *, before: tuple[datetime, str] | None, limit: int
    ) -> list[Document]:
        """A session's records with the names of their items, the newest first, for who may see
        them. Raises SessionUnknown, NotYourSession.
        """
        session = self._standing.visible_session(session_id, by)
        records = self._counts.latest(session, before=before, limit=limit)
        names = self._catalogue.names({record["item_code"] for record in records})
        return [{**r, "item_name": names.get(r["item_code"])} for r in records]

    def stats(self, session_id: str, by: Identity) -> SessionStats:
        """A session's figures for who may see them. Raises SessionUnknown, NotYourSession."""
        session = self._standing.visible_session(session_id, by)
        figures = self._counts.figures(session)
        expected = {code for code, _ in self._catalogue.items_of_rack(session.rack_id)}
        ended = session.completed_at or self._clock.now()
        seconds = max(1.0, (ended - session.started_at).total_seconds())
        return SessionStats(
            session_id=session_id,
            records=figures.records,
            items=len(figures.items),
            pieces=figures.pieces,
            damaged=figures.damaged,
            expected=len(expected),
            uncounted=len(expected - self._counts.items_counted(session)),
            open_conflicts=self._counts.open_conflicts(session),
            duration_s=seconds,
            pace_per_hour=round(figures.records * SECONDS_AN_HOUR / seconds, 1),
            last_record_at=figures.last_record_at,
        )
