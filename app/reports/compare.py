"""Two snapshots, row by row along their common key. Pure.

Both sides come in the order of their keys, as the database sorts them: no value first, then by size
or, of texts, by their characters' numbers. So each row is looked at once, and none is kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from app.errors import SnapshotsDiffer
from app.reports.columns import Cell
from app.reports.snapshot import Change

Key = tuple[tuple[bool, Any], ...]
Cells = Mapping[str, Cell]
"""A row's cells by the place of their column, as the database hands them over."""


class Pair(NamedTuple):
    """A key's row on both sides; None where it is not there."""

    change: Change
    before: Cells | None
    after: Cells | None


def pairs(before: Iterable[Cells], after: Iterable[Cells], key: Sequence[str]) -> Iterator[Pair]:
    """What became of each row; `key` names the places of the key's cells.

    Raises:
        SnapshotsDiffer: a key stands twice on one side.
    """
    lefts, rights = _keyed(before, key), _keyed(after, key)
    left, right = next(lefts, None), next(rights, None)
    while left is not None or right is not None:
        if right is None or (left is not None and left[0] < right[0]):
            assert left is not None  # noqa: S101 — the loop's condition
            yield Pair(Change.REMOVED, left[1], None)
            left = next(lefts, None)
        elif left is None or right[0] < left[0]:
            yield Pair(Change.ADDED, None, right[1])
            right = next(rights, None)
        else:
            change = Change.UNCHANGED if left[1] == right[1] else Change.CHANGED
            yield Pair(change, left[1], right[1])
            left, right = next(lefts, None), next(rights, None)


class Sifted(NamedTuple):
    """A row of the later side; `cells` is None where it differs. `place` is its number, and that of
    the last difference before or at it.
    """

    place: tuple[int, int]
    cells: Cells | None


def sift(
    later: Iterable[tuple[int, Cells]],
    differing: Iterable[tuple[int, Cells]],
    key: Sequence[str],
    *,
    passed: int = 0,
) -> Iterator[Sifted]:
    """Tell the later side's rows that differ from those that do not; both come in the order of
    their keys, each with its number.
    """
    rest = iter(differing)
    following = next(rest, None)
    for number, cells in later:
        if following is not None and all(cells[at] == following[1][at] for at in key):
            passed, following = following[0], next(rest, None)
            yield Sifted((number, passed), None)
        else:
            yield Sifted((number, passed), cells)


def _keyed(rows: Iterable[Cells], places: Sequence[str]) -> Iterator[tuple[Key, Cells]]:
    last: Key | None = None
    for row in rows:
        key = tuple(_rank(row[place]) for place in places)
        if key == last:
            told = ", ".join(str(row[place]) for place in places)
            raise SnapshotsDiffer(f"Several rows have the key {told}: choose more key columns.")
        last = key
        yield key, row


def _rank(cell: Cell) -> tuple[bool, Any]:
    return (cell is not None, 0 if cell is None else cell)
