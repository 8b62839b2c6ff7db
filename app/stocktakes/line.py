"""A count line: one item at one rack in one stocktake, counted, damaged, and what the book says."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from app.errors import LineUnknown

_SEPARATOR = "\x1f"
"""Stands in no code: control characters are refused everywhere."""


class LineStatus(StrEnum):
    """Where a line stands. The last three are settled; only the first is not counted."""

    UNCOUNTED = "uncounted"
    WAITING = "waiting"
    COUNTED = "counted"
    DISPUTED = "disputed"
    RECOUNT = "recount"
    AGREED = "agreed"
    APPROVED = "approved"
    REJECTED = "rejected"


SETTLED = (LineStatus.AGREED, LineStatus.APPROVED, LineStatus.REJECTED)
FROZEN = (LineStatus.APPROVED, LineStatus.REJECTED)
"""A person decided: no later count changes the line."""


class LineKey(NamedTuple):
    """Which line. Its `id` is the text that clients use."""

    stocktake_id: str
    rack_id: str
    item_code: str

    @property
    def id(self) -> str:
        return urlsafe_b64encode(_SEPARATOR.join(self).encode()).rstrip(b"=").decode()

    @classmethod
    def of(cls, line_id: str) -> LineKey:
        """The key that an id stands for. Raises LineUnknown."""
        try:
            parts = urlsafe_b64decode(f"{line_id}==").decode().split(_SEPARATOR)
            return cls(*parts)
        except (ValueError, TypeError):
            raise LineUnknown from None


class Figure(NamedTuple):
    """Pieces counted and of these damaged, and the moment they stood there."""

    counted: float
    damaged: float
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PassCount:
    """What one person counted of the item: figures are of a rack and a fence, so a fence is a pass.
    `late`: counted under a lease that was lost, and taken in as a second opinion.
    """

    fence: int
    pass_no: int
    session_id: str
    user_id: str
    name: str
    counted: float
    damaged: float
    records: int
    at: datetime
    late: bool = False

    @property
    def figure(self) -> Figure:
        return Figure(self.counted, self.damaged, self.at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """The book's side of a line: `qty` at the moment `at`, and what was `moved` (signed) between
    that moment and the count.
    """

    qty: float
    at: datetime
    moved: float = 0

    @property
    def expected(self) -> float:
        """What the book says for the moment of the count."""
        return self.qty + self.moved


@dataclass(frozen=True, slots=True, kw_only=True)
class LineItem:
    """What the catalogue says of the line's item. `expected_here`: this rack is its place."""

    item_name: str
    category: str | None
    uom: str | None
    price: float
    item_known: bool
    expected_here: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What the passes come to: the figure that stands now, and the variance from the book at the
    moment `at` of that count. Figures are None while nothing was counted.
    """

    status: LineStatus
    counted: float | None = None
    damaged: float | None = None
    at: datetime | None = None
    variance: float | None = None
    variance_value: float | None = None
    within_tolerance: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """A person's decision on a line, which stays with it."""

    decision: LineStatus
    user_id: str
    username: str
    at: datetime
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CountLine:
    """`rev` grows with each change, so that nobody decides on a line that they have not seen.

    `said`: what the counter said of the item when it was not counted. `recount_after`: a recount
    was asked for, so only a pass of a greater fence settles the line.
    """

    key: LineKey
    floor: str
    item: LineItem
    book: Book
    passes: tuple[PassCount, ...]
    outcome: Outcome
    said: str | None
    recount_after: int | None
    ruling: Ruling | None
    rev: int
    created_at: datetime
    updated_at: datetime

    @property
    def line_id(self) -> str:
        return self.key.id

    @property
    def settled(self) -> bool:
        return self.outcome.status in SETTLED
