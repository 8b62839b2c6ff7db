"""What reports leave behind: rows whose making was killed, old comparisons, files that were cut."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta

from app.chunks import chunks
from app.clock import Clock
from app.leftovers import Unowned
from app.reports.compare_store import CompareStore
from app.reports.export_store import ExportStore
from app.reports.reader import Reader
from app.reports.store import ReportStore

COMPARISONS_KEPT = timedelta(days=30)
"""As their jobs are: two snapshots can be held against each other again at any time."""
MAKING_TAKES = timedelta(hours=1)
"""At most, from the first row, or piece, until what it belongs to is kept."""
DROPPED_AT_ONCE = 20
ASKED_AT_ONCE = 500


class ReportLeftovers:
    """Removes them, a bounded number at a turn. Safe in many processes."""

    def __init__(
        self,
        snapshots: ReportStore,
        reader: Reader,
        comparisons: CompareStore,
        files: ExportStore,
        clock: Clock,
    ) -> None:
        self._snapshots = snapshots
        self._reader = reader
        self._comparisons = comparisons
        self._files = files
        self._clock = clock
        self._without_snapshot = Unowned(MAKING_TAKES)
        self._cut_files = Unowned(MAKING_TAKES)

    def sweep(self) -> None:
        """One turn."""
        now = self._clock.now()
        for job_id in self._comparisons.before(now - COMPARISONS_KEPT, limit=DROPPED_AT_ONCE):
            self._comparisons.remove(job_id)
            self._comparisons.forget(job_id)
        needless = _each(self._comparisons.kept_rows(), self._comparisons.without_rows)
        for job_id in needless[:DROPPED_AT_ONCE]:
            self._comparisons.forget(job_id)
        unowned = _each(self._reader.kept_rows(), self._snapshots.unknown)
        for snapshot_id in self._without_snapshot.left_over(unowned, now)[:DROPPED_AT_ONCE]:
            self._reader.forget(snapshot_id)
        cut = self._files.cut(limit=ASKED_AT_ONCE)
        for file_id in self._cut_files.left_over(cut, now)[:DROPPED_AT_ONCE]:
            self._files.remove(file_id)


def _each(ids: Sequence[str], choose: Callable[[Sequence[str]], set[str]]) -> list[str]:
    """Those that are chosen, asked for a handful at a time."""
    return sorted(found for some in chunks(ids, ASKED_AT_ONCE) for found in choose(some))
