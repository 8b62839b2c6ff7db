"""What every format writes, and the words that several of them use for a cell."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from app.clock import iso
from app.reports.columns import Cell, Column, ColumnType, Row

NUMERIC = frozenset({ColumnType.INTEGER, ColumnType.NUMBER})


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A report to write. `rows` is read once, from the first to the last, and never held whole;
    `summary` says in a few words what they come to.
    """

    title: str
    columns: Sequence[Column]
    rows: Iterable[Row]
    summary: Mapping[str, Cell] = field(default_factory=dict)


def as_text(cell: Cell) -> str:
    """A cell for people and for plain text: nothing for what is not known."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, datetime):
        return iso(cell)
    if isinstance(cell, float) and not math.isfinite(cell):
        return ""
    return str(cell)


def label_of(column: Column) -> str:
    """What stands above a column for people, who must not take UTC for their own time."""
    return f"{column.label} (UTC)" if column.type is ColumnType.TIME else column.label
