"""Figures: what records come to, for the rooms above."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """A session's count, from the records themselves."""

    records: int
    pieces: float
    damaged: float
    items: frozenset[str]
    last_record_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemCount:
    """What was counted of one item at a rack under one fence. `at` is when the last of it was
    counted: by the phone's clock, but never later than the server heard of it.
    """

    item_code: str
    fence: int
    counted: float
    damaged: float
    records: int
    item_known: bool
    category: str | None
    uom: str | None
    mrp: float | None
    at: datetime
