"""Queries seen and frozen: preview, take, refresh, read, forget."""

from __future__ import annotations

from uuid import uuid4

from app.auth.identity import Identity
from app.clock import Clock
from app.errors import SnapshotUnknown
from app.reports.query import Query
from app.reports.reader import Reader
from app.reports.reading import read_query
from app.reports.snapshot import (
    Preview,
    RowPage,
    Snapshot,
    SnapshotFilter,
    SnapshotType,
    SnapshotWish,
)
from app.reports.store import ReportStore


class Snapshots:
    """The answers of queries, now and as they were."""

    def __init__(self, store: ReportStore, reader: Reader, clock: Clock) -> None:
        self._store = store
        self._reader = reader
        self._clock = clock

    def preview(self, query: Query, rows: int) -> Preview:
        """The first rows of the answer within half a second, of whatever size the collection is;
        it says so where they come from a part of the records only.
        """
        started = self._clock.monotonic()
        found, complete = self._reader.first_rows(query, rows)
        if not complete:
            total = None if query.is_grouped else self._reader.total(query)
        elif len(found) < min(rows, query.limit or rows):
            total = len(found)
        else:
            total = self._reader.total(query)
        return Preview(
            query=query,
            rows=found,
            total=total,
            complete=complete,
            examined=None if complete else self._reader.examined,
            took_ms=self._ms_since(started),
        )

    def take(self, wish: SnapshotWish, *, by: Identity) -> Snapshot:
        """Freeze all rows of the answer and their sums. Raises QueryTooSlow."""
        return self._take(wish, SnapshotType.MANUAL, by=by)

    def refresh(self, snapshot_id: str, *, by: Identity) -> Snapshot:
        """Ask the same query now, as a new snapshot linked to the old. Raises SnapshotUnknown."""
        old = self._store.get(snapshot_id)
        wish = SnapshotWish(
            name=old.name, query=read_query(dict(old.query)), tags=old.tags, note=old.note
        )
        new = self._take(wish, SnapshotType.REFRESH, by=by, refresh_of=snapshot_id)
        self._store.link(snapshot_id, new.snapshot_id)
        return new

    def get(self, snapshot_id: str) -> Snapshot:
        """One snapshot. Raises SnapshotUnknown."""
        return self._store.get(snapshot_id)

    def page(self, wish: SnapshotFilter) -> list[Snapshot]:
        """Snapshots, the newest first."""
        return self._store.page(wish)

    def rows(self, snapshot_id: str, *, after: int, limit: int) -> RowPage:
        """A page of the frozen rows. Raises SnapshotUnknown."""
        columns = self._store.get(snapshot_id).columns
        rows = self._reader.page(snapshot_id, len(columns), after=after, limit=limit + 1)
        more = len(rows) > limit
        return RowPage(
            columns=columns,
            rows=rows[:limit],
            first=after + 1,
            next_after=after + limit if more else None,
        )

    def forget(self, snapshot_id: str) -> None:
        """Remove a snapshot and its rows. Raises SnapshotUnknown."""
        if not self._store.remove(snapshot_id):
            raise SnapshotUnknown(snapshot_id)
        self._reader.forget(snapshot_id)

    def _take(
        self, wish: SnapshotWish, of: SnapshotType, *, by: Identity, refresh_of: str | None = None
    ) -> Snapshot:
        snapshot_id, query = uuid4().hex, wish.query
        started, now = self._clock.monotonic(), self._clock.now()
        summary = self._reader.freeze(query, snapshot_id)
        snapshot = Snapshot(
            snapshot_id=snapshot_id,
            name=wish.name,
            note=wish.note,
            type=of,
            tags=wish.tags,
            query=query.as_plain(),
            query_hash=query.hash,
            columns=query.columns,
            key=query.key,
            summary=summary,
            took_ms=self._ms_since(started),
            created_by=by.user_id,
            created_by_name=by.name,
            created_at=now,
            refresh_of=refresh_of,
        )
        self._store.add(snapshot)
        return snapshot

    def _ms_since(self, started: float) -> float:
        return round((self._clock.monotonic() - started) * 1000, 1)
