"""A comparison as what exports write: each row once, with what it was before and after."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain

import pymongo

from app.reports.columns import Cell, Column, ColumnType, Row
from app.reports.compare import Pair
from app.reports.compare_store import CompareStore
from app.reports.comparisons import Comparisons, difference_of
from app.reports.formats.table import NUMERIC, as_text
from app.reports.snapshot import Change, CompareJob, Difference

CHANGE = Column(name="change", label="Change", type=ColumnType.TEXT)
NOTHING = "–"
_WORDS = {change: change.value.capitalize() for change in Change}


@dataclass(frozen=True, slots=True)
class ComparisonReport:
    """A comparison that is done. `is_whole`: with the rows that did not change; `is_narrow`: one
    column where others have before, after and difference.
    """

    job: CompareJob
    store: CompareStore
    is_whole: bool
    is_narrow: bool = False

    @property
    def title(self) -> str:
        return f"{self.job.name_b}: what changed"

    @property
    def columns(self) -> Sequence[Column]:
        job = self.job
        key = [column for column in job.columns if column.name in job.key]
        others = [column for column in job.columns if column.name not in job.key]
        shown = [_narrow(c) for c in others] if self.is_narrow else [*chain(*map(_wide, others))]
        return [CHANGE, *key, *shown]

    @property
    def row_count(self) -> int:
        left_out = {} if self.is_whole else {Change.UNCHANGED.value}
        return sum(n for change, n in self.job.counts.items() if change not in left_out)

    @property
    def summary(self) -> Mapping[str, Cell]:
        """Which two were compared, what became of the rows, and the totals."""
        job = self.job
        told: dict[str, Cell] = {
            "Before": job.name_a or None,
            "Before, taken at (UTC)": job.taken_a,
            "After": job.name_b or None,
            "After, taken at (UTC)": job.taken_b,
            **{_WORDS[change]: job.counts[change] for change in Change},
        }
        for total in job.totals:
            told[f"{total.label}, before"] = total.before
            told[f"{total.label}, after"] = total.after
            told[f"{total.label}, difference"] = total.difference
            told[f"{total.label}, difference in %"] = total.percent
        return told

    def for_paper(self) -> ComparisonReport:
        """The same in columns that a page has room for."""
        return replace(self, is_narrow=True)

    def rows(self) -> Iterator[Row]:
        shown = self._narrow_row if self.is_narrow else self._wide_row
        for pair in self._pairs():
            yield shown(difference_of(self.job, pair))

    def _pairs(self) -> Iterator[Pair]:
        yield from self.store.all(self.job.job_id)
        if not self.is_whole:
            return
        with pymongo.timeout(None):
            for row in self.store.sifted(self.job, after=None):
                if row.cells is not None:
                    yield Pair(Change.UNCHANGED, row.cells, row.cells)

    def _wide_row(self, difference: Difference) -> Row:
        key, others = self._sides(difference)
        cells = [cell for column, old, new in others for cell in _wide_cells(column, old, new)]
        return [difference.change.value, *key, *cells]

    def _narrow_row(self, difference: Difference) -> Row:
        key, others = self._sides(difference)
        one_side = difference.before is None or difference.after is None
        cells = (_either(old, new) if one_side else _both(old, new) for _, old, new in others)
        return [difference.change.value, *key, *cells]

    def _sides(self, difference: Difference) -> tuple[list[Cell], list[tuple[Column, Cell, Cell]]]:
        """The cells of the key, and of each other column both cells."""
        columns, nothing = self.job.columns, [None] * len(self.job.columns)
        before, after = difference.before or nothing, difference.after or nothing
        there = difference.after or before
        sides = list(zip(columns, before, after, there, strict=True))
        key = [cell for column, _, _, cell in sides if column.name in self.job.key]
        others = [(c, old, new) for c, old, new, _ in sides if c.name not in self.job.key]
        return key, others


class ComparisonReports:
    """Opens comparisons to be exported."""

    def __init__(self, comparisons: Comparisons, store: CompareStore) -> None:
        self._comparisons = comparisons
        self._store = store

    def open(self, job_id: str) -> ComparisonReport:
        """What differs. Raises CompareUnknown, CompareNotDone."""
        return ComparisonReport(self._comparisons.done(job_id), self._store, is_whole=False)

    def open_whole(self, job_id: str) -> ComparisonReport:
        """All rows. Raises SnapshotUnknown too: only the later snapshot has what did not change."""
        self._comparisons.later(job_id)
        return replace(self.open(job_id), is_whole=True)


def _wide(column: Column) -> Iterator[Column]:
    name, label = column.name, column.label
    yield replace(column, name=f"{name}_before", label=f"{label}, before")
    yield replace(column, name=f"{name}_after", label=f"{label}, after")
    if column.type in NUMERIC:
        yield replace(column, name=f"{name}_difference", label=f"{label}, difference")


def _wide_cells(column: Column, old: Cell, new: Cell) -> Iterator[Cell]:
    yield old
    yield new
    if column.type in NUMERIC:
        yield _difference(old, new)


def _difference(old: Cell, new: Cell) -> Cell:
    if isinstance(old, int | float) and isinstance(new, int | float):
        return new - old
    return None


def _narrow(column: Column) -> Column:
    return replace(column, type=ColumnType.TEXT)


def _either(old: Cell, new: Cell) -> Cell:
    return as_text(old if new is None else new)


def _both(old: Cell, new: Cell) -> Cell:
    """Both cells in one where they differ: `3 » 100`."""
    if old == new:
        return as_text(new)
    return f"{as_text(old) or NOTHING} » {as_text(new) or NOTHING}"
