"""A snapshot: rows and sums of a query, frozen at one moment; and what two of them differ in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from app.reports.columns import Cell, Column, Row
from app.reports.query import Query


class SnapshotType(StrEnum):
    """Why a snapshot was taken."""

    MANUAL = "manual"
    REFRESH = "refresh"
    SCHEDULED = "scheduled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """The first rows of an answer. `complete` says whether all records were looked at: where the
    time did not allow it, the rows come from the first `examined` records only. `total` is how many
    rows the whole answer has, None where that was not known in time.
    """

    query: Query
    rows: Sequence[Row]
    total: int | None
    complete: bool
    examined: int | None
    took_ms: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnSum:
    """Of a column of numbers, over all rows; least and greatest are None without a number."""

    sum: float
    least: float | None
    greatest: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """The number of rows, and by name the sums of those columns that are numbers."""

    rows: int
    sums: Mapping[str, ColumnSum]


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotWish:
    """What a new snapshot shall be called."""

    name: str
    query: Query
    tags: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """`taken_at` is the moment whose rows it holds, `columns` what they meant then, `key` the
    columns that tell one row from another. `refresh_of` and `refreshed_as` link it to the one
    before and the one after. One that a schedule made is removed at `keep_until`.
    """

    snapshot_id: str
    name: str
    note: str
    type: SnapshotType
    tags: tuple[str, ...]
    query: Mapping[str, Any]
    query_hash: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    summary: Summary
    took_ms: float
    created_by: str
    created_by_name: str
    created_at: datetime
    refresh_of: str | None = None
    refreshed_as: str | None = None
    schedule_id: str | None = None
    keep_until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotFilter:
    """Which snapshots a list shows, from a (time, id) place on."""

    where: Mapping[str, str] = field(default_factory=dict)
    after: tuple[datetime, str] | None = None
    limit: int = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class RowPage:
    """Rows with the number of the first; `next_after` is the number of the last where more come."""

    columns: tuple[Column, ...]
    rows: Sequence[Row]
    first: int
    next_after: int | None


class JobStatus(StrEnum):
    """Where a comparison stands."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class Change(StrEnum):
    """What became of a row, from the earlier snapshot to the later."""

    CHANGED = "changed"
    ADDED = "added"
    REMOVED = "removed"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True, kw_only=True)
class Total:
    """A column's sum in both snapshots. `percent` is None where the earlier sum is nought."""

    column: str
    label: str
    before: float
    after: float

    @property
    def difference(self) -> float:
        return self.after - self.before

    @property
    def percent(self) -> float | None:
        return self.difference / abs(self.before) * 100 if self.before else None

    @property
    def trend(self) -> str:
        return "up" if self.difference > 0 else "down" if self.difference < 0 else "same"


@dataclass(frozen=True, slots=True, kw_only=True)
class CompareJob:
    """A comparison of two snapshots, row by row by their `key`. `counts` and `totals` are there
    once it is done, `error` once it failed. Names and times of the snapshots outlive these.
    """

    job_id: str
    snapshot_a_id: str
    snapshot_b_id: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    status: JobStatus
    created_by: str
    created_by_name: str
    created_at: datetime
    name_a: str = ""
    name_b: str = ""
    taken_a: datetime | None = None
    taken_b: datetime | None = None
    totals: tuple[Total, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)
    started_at: datetime | None = None
    finished_at: datetime | None = None
    error: str | None = None

    @property
    def key_places(self) -> list[str]:
        """Where a row has the cells of its key."""
        names = [column.name for column in self.columns]
        return [f"f{names.index(name)}" for name in self.key]


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A row in both snapshots; None on the side where it is not. `fields` are the columns that
    changed.
    """

    change: Change
    before: Sequence[Cell] | None
    after: Sequence[Cell] | None
    fields: tuple[str, ...]
