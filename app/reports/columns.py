"""The columns of a report: what a row holds, in this order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class ColumnType(StrEnum):
    """What a cell is. Every kind may also be None: not known, which is not nought."""

    TEXT = "text"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    TIME = "time"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """`name` is the key in the API, `label` what a person reads."""

    name: str
    label: str
    type: ColumnType


Cell = str | int | float | bool | datetime | None
Row = Sequence[Cell]
