"""Two snapshots held against each other: as a job, because a million rows take their time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from datetime import datetime
from uuid import uuid4

import pymongo

from app.auth.identity import Identity
from app.clock import Clock
from app.errors import CompareNotDone, DomainError, SnapshotsDiffer
from app.jobs.jobs import Jobs
from app.jobs.running import Work
from app.reports.columns import Row
from app.reports.compare import Cells, Pair, pairs
from app.reports.compare_store import CompareStore
from app.reports.snapshot import Change, CompareJob, Difference, JobStatus, Snapshot, Total
from app.reports.store import ReportStore

KIND = "compare"
MOST_SIFTED = 20_000
"""Rows that a page of what did not change looks at: nearly all of them may have changed."""
TOLD_EVERY = 10_000
"""Rows between two words of how far it is."""
Tell = Callable[[int, int], object]


class Comparisons:
    """Comparisons: asked for, done by a worker, read in pages."""

    def __init__(
        self, store: CompareStore, snapshots: ReportStore, jobs: Jobs, clock: Clock
    ) -> None:
        self._store = store
        self._snapshots = snapshots
        self._jobs = jobs
        self._clock = clock

    def ask(
        self, snapshot_a_id: str, snapshot_b_id: str, key: Sequence[str], *, by: Identity
    ) -> CompareJob:
        """Have the later snapshot `b` held against the earlier `a`, by the columns of `key` or, if
        it is empty, by those that name a row of theirs.

        Raises:
            SnapshotUnknown: one of them is not there.
            SnapshotsDiffer: their columns are not the same, or no key is known.
            TooManyJobs: `by` has enough jobs under way.
        """
        a, b = self._snapshots.get(snapshot_a_id), self._snapshots.get(snapshot_b_id)
        job = CompareJob(
            job_id=uuid4().hex,
            snapshot_a_id=a.snapshot_id,
            snapshot_b_id=b.snapshot_id,
            key=_key_of(a, b, key),
            columns=b.columns,
            status=JobStatus.QUEUED,
            created_by=by.user_id,
            created_by_name=by.name,
            created_at=self._clock.now(),
            name_a=a.name,
            name_b=b.name,
            taken_a=a.created_at,
            taken_b=b.created_at,
        )
        wish = {"compare_id": job.job_id}
        self._jobs.submit(KIND, wish, by=by, along=lambda _, s: self._store.add(job, s))
        return job

    def get(self, job_id: str) -> CompareJob:
        """One comparison. Raises CompareUnknown."""
        return self._store.get(job_id)

    def page(self, *, after: tuple[datetime, str] | None, limit: int) -> list[CompareJob]:
        """Comparisons, the newest first."""
        return self._store.page(after=after, limit=limit)

    def rows(
        self, job_id: str, change: Change | None, *, after: tuple[int, int] | None, limit: int
    ) -> tuple[list[Difference], tuple[int, int] | None]:
        """A page of what differs, or of what did not, and the place of its last row where more
        come. A page of what did not may be short, or empty, though more come.

        Raises CompareUnknown, CompareNotDone; SnapshotUnknown where what did not change is asked
        for and the later snapshot was removed: only the snapshot has it.
        """
        job = self.done(job_id)
        if change is Change.UNCHANGED:
            return self._unchanged(job, after=after, limit=limit)
        found = self._store.differences(job_id, change, after=after, limit=limit + 1)
        shown = [difference_of(job, pair) for _, pair in found[:limit]]
        return shown, found[limit - 1][0] if len(found) > limit else None

    def _unchanged(
        self, job: CompareJob, *, after: tuple[int, int] | None, limit: int
    ) -> tuple[list[Difference], tuple[int, int] | None]:
        self._snapshots.get(job.snapshot_b_id)
        if not job.counts[Change.UNCHANGED]:
            return [], None
        found: list[Difference] = []
        for looked_at, row in enumerate(self._store.sifted(job, after=after), start=1):
            if row.cells is not None:
                if len(found) == limit:
                    return found, after
                found.append(difference_of(job, Pair(Change.UNCHANGED, row.cells, row.cells)))
            after = row.place
            if looked_at == MOST_SIFTED:
                return found, after
        return found, None

    def work(self, work: Work) -> dict[str, str]:
        """The job, in a worker's hands."""
        compare_id = work.job.params["compare_id"]
        self.do(compare_id, work.tell)
        return {"compare_id": compare_id}

    def do(self, job_id: str, tell: Tell = lambda *_: None) -> None:
        """Do a comparison, telling how many rows of how many were looked at. Cut anywhere, it waits
        again, and is begun again from its start; when its job is given up, it failed.
        """
        job = self._store.begin(job_id, self._clock.now())
        if job is None:
            return
        facts: dict[str, object] = {"status": JobStatus.QUEUED.value}
        try:
            facts = {**self._compare(job, tell), "finished_at": self._clock.now()}
        except DomainError as error:
            self._store.forget(job_id)
            failed = {"status": JobStatus.FAILED.value, "error": error.detail}
            facts = {**failed, "finished_at": self._clock.now()}
        finally:
            self._store.finish(job_id, **facts)

    def _compare(self, job: CompareJob, tell: Tell) -> dict[str, object]:
        a, b = self._snapshots.get(job.snapshot_a_id), self._snapshots.get(job.snapshot_b_id)
        key = job.key_places
        counts: Counter[Change] = Counter()
        most = max(a.summary.rows, b.summary.rows)
        with pymongo.timeout(None):
            before = self._store.by_key(a.snapshot_id, key)
            after = self._store.by_key(b.snapshot_id, key)
            found = _told(pairs(before, after, key), lambda done: tell(done, max(done, most)))
            self._store.keep(job.job_id, _differing(found, counts))
        return {
            "status": JobStatus.DONE.value,
            "counts": {change.value: counts[change] for change in Change},
            "totals": [asdict(total) for total in _totals(a, b)],
        }

    def later(self, job_id: str) -> Snapshot:
        """The later snapshot of a comparison. Raises CompareUnknown, SnapshotUnknown."""
        return self._snapshots.get(self._store.get(job_id).snapshot_b_id)

    def done(self, job_id: str) -> CompareJob:
        """A comparison that is done. Raises CompareUnknown, CompareNotDone."""
        job = self._store.get(job_id)
        if job.status is not JobStatus.DONE:
            raise CompareNotDone(job_id, job.status.value)
        return job


def _told(found: Iterator[Pair], tell: Callable[[int], object]) -> Iterator[Pair]:
    for number, pair in enumerate(found, start=1):
        if number % TOLD_EVERY == 0:
            tell(number)
        yield pair


def _differing(found: Iterator[Pair], counts: Counter[Change]) -> Iterator[Pair]:
    """Those that differ; all are counted."""
    for pair in found:
        counts[pair.change] += 1
        if pair.change is not Change.UNCHANGED:
            yield pair


def _key_of(a: Snapshot, b: Snapshot, wish: Sequence[str]) -> tuple[str, ...]:
    if [(c.name, c.type) for c in a.columns] != [(c.name, c.type) for c in b.columns]:
        raise SnapshotsDiffer("Compare snapshots that have the same columns.")
    key = tuple(wish) or b.key
    if not key:
        raise SnapshotsDiffer("Say which columns tell one row from another.")
    if unknown := set(key) - {column.name for column in b.columns}:
        raise SnapshotsDiffer(f"The snapshots have no column {min(unknown)!r}.")
    return tuple(dict.fromkeys(key))


def _totals(a: Snapshot, b: Snapshot) -> list[Total]:
    """The number of rows, and each column of numbers."""
    sums = {name: (a.summary.sums[name].sum, each.sum) for name, each in b.summary.sums.items()}
    labels = {column.name: column.label for column in b.columns}
    rows = Total(column="rows", label="Rows", before=a.summary.rows, after=b.summary.rows)
    return [
        rows,
        *(
            Total(column=name, label=labels[name], before=before, after=after)
            for name, (before, after) in sums.items()
        ),
    ]


def difference_of(job: CompareJob, pair: Pair) -> Difference:
    """The pair as rows, and what changed in it."""
    before, after = _row(job, pair.before), _row(job, pair.after)
    fields: tuple[str, ...] = ()
    if before is not None and after is not None:
        sides = zip(job.columns, before, after, strict=True)
        fields = tuple(column.name for column, old, new in sides if old != new)
    return Difference(change=pair.change, before=before, after=after, fields=fields)


def _row(job: CompareJob, cells: Cells | None) -> Row | None:
    return None if cells is None else [cells.get(f"f{at}") for at in range(len(job.columns))]
