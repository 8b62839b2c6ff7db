"""A stocktake: one counting campaign of a warehouse, or of some of its floors."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class StocktakeStatus(StrEnum):
    OPEN = "open"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tolerance:
    """By how much two figures may differ and still count as the same: pieces, per cent of the
    figure they are held against, and value in money. None sets no such limit; a difference must
    keep every limit that is set, and where none is set there may be none.
    """

    pieces: float | None = None
    percent: float | None = None
    value: float | None = None

    def admits(self, difference: float, *, of: float, price: float) -> bool:
        """Whether a difference in pieces from the figure `of`, at this price each, is allowed."""
        size = abs(difference)
        limits = [
            self.pieces,
            None if self.percent is None else abs(of) * self.percent / 100,
            None if self.value is None or price == 0 else self.value / price,
        ]
        allowed = [limit for limit in limits if limit is not None]
        return size <= (min(allowed) if allowed else 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class StocktakeWish:
    """What a new stocktake shall be. `floors`: only these, all where it is empty. `double_count`:
    two counters count each rack, and a third what they disagree on.
    """

    name: str
    warehouse: str
    floors: tuple[str, ...] = ()
    blind: bool = False
    double_count: bool = False
    tolerance: Tolerance = field(default_factory=Tolerance)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stocktake:
    """`blind`: counters see no book figure while it is open. `book_at`: the moment that the book
    figures of its lines are of, unless a line says another.
    """

    stocktake_id: str
    name: str
    warehouse: str
    floors: tuple[str, ...]
    status: StocktakeStatus
    blind: bool
    double_count: bool
    tolerance: Tolerance
    created_by: str
    created_at: datetime
    book_at: datetime
    closed_by: str | None = None
    closed_at: datetime | None = None
    note: str | None = None

    @property
    def passes_wanted(self) -> int:
        return 2 if self.double_count else 1

    @property
    def is_open(self) -> bool:
        return self.status is StocktakeStatus.OPEN
