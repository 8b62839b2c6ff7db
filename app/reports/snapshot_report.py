"""A snapshot as what exports write: it is frozen, so that it does not change while it is read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from app.reports.columns import Cell, Column, Row
from app.reports.reader import Reader
from app.reports.snapshot import Snapshot
from app.reports.store import ReportStore


@dataclass(frozen=True, slots=True)
class SnapshotReport:
    """A snapshot with its rows, which are read as they are asked for."""

    snapshot: Snapshot
    reader: Reader

    @property
    def title(self) -> str:
        return self.snapshot.name

    @property
    def columns(self) -> Sequence[Column]:
        return self.snapshot.columns

    @property
    def row_count(self) -> int:
        return self.snapshot.summary.rows

    @property
    def summary(self) -> Mapping[str, Cell]:
        """When and by whom it was taken, and the sums of its numbers."""
        labels = {column.name: column.label for column in self.snapshot.columns}
        sums = self.snapshot.summary.sums
        return {
            "Taken at (UTC)": self.snapshot.created_at,
            "Taken by": self.snapshot.created_by_name,
            "Note": self.snapshot.note or None,
            "Rows": self.snapshot.summary.rows,
            **{f"Sum of {labels[name]}": found.sum for name, found in sums.items()},
        }

    def for_paper(self) -> SnapshotReport:
        return self

    def rows(self) -> Iterator[Row]:
        return self.reader.all(self.snapshot.snapshot_id, len(self.snapshot.columns))


class SnapshotReports:
    """Opens snapshots to be exported."""

    def __init__(self, store: ReportStore, reader: Reader) -> None:
        self._store = store
        self._reader = reader

    def open(self, snapshot_id: str) -> SnapshotReport:
        """The snapshot. Raises SnapshotUnknown."""
        return SnapshotReport(self._store.get(snapshot_id), self._reader)
