"""Queries seen and frozen: preview, take, refresh, read, forget."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
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

REMOVED_AT_ONCE = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Ordered:
    """Under which id a snapshot is taken and in whose name; of a schedule's, until when."""

    snapshot_id: str
    schedule_id: str | None
    keep_until: datetime | None
    by_id: str
    by_name: str


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

    def take_ordered(self, wish: SnapshotWish, order: Ordered) -> Snapshot:
        """Freeze as `take` does, once: ordered again, what is there is the answer, and what a try
        that was cut left is written anew. Raises QueryTooSlow.
        """
        with suppress(SnapshotUnknown):
            return self._store.get(order.snapshot_id)
        self._reader.forget(order.snapshot_id)
        return self._freeze(wish, SnapshotType.SCHEDULED, order)

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

    def keep_latest(self, schedule_id: str, copies: int) -> None:
        """Remove what a schedule made before its latest so many, rows too."""
        self._forget_all(self._store.beyond(schedule_id, copies))

    def drop_ended(self) -> int:
        """Remove the snapshots whose time is over, rows too; how many."""
        ended = self._store.ended(self._clock.now(), REMOVED_AT_ONCE)
        self._forget_all(ended)
        return len(ended)

    def _forget_all(self, snapshot_ids: Iterable[str]) -> None:
        for snapshot_id in snapshot_ids:
            with suppress(SnapshotUnknown):  # somebody else was here first
                self.forget(snapshot_id)

    def _take(
        self, wish: SnapshotWish, of: SnapshotType, *, by: Identity, refresh_of: str | None = None
    ) -> Snapshot:
        order = Ordered(
            snapshot_id=uuid4().hex,
            schedule_id=None,
            keep_until=None,
            by_id=by.user_id,
            by_name=by.name,
        )
        return self._freeze(wish, of, order, refresh_of=refresh_of)

    def _freeze(
        self, wish: SnapshotWish, of: SnapshotType, order: Ordered, *, refresh_of: str | None = None
    ) -> Snapshot:
        snapshot_id, query = order.snapshot_id, wish.query
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
            created_by=order.by_id,
            created_by_name=order.by_name,
            created_at=now,
            refresh_of=refresh_of,
            schedule_id=order.schedule_id,
            keep_until=order.keep_until,
        )
        self._store.add(snapshot)
        return snapshot

    def _ms_since(self, started: float) -> float:
        return round((self._clock.monotonic() - started) * 1000, 1)
