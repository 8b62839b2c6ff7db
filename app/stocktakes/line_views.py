"""What is asked of count lines before a decision: how many match, how a line came about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.errors import LineUnknown
from app.items.movement import Kept
from app.items.movements import Movements
from app.stocktakes.line import LineKey, Ruling
from app.stocktakes.lines_store import LineFilter, LineStore, Matching
from app.stocktakes.store import StocktakeStore
from app.stocktakes.tally import Tally


@dataclass(frozen=True, slots=True, kw_only=True)
class LineHistory:
    """Every decision on a line, the oldest first, and what moved of its item since `book_at`, the
    moment that the stocktake's book figures are of.
    """

    rulings: Sequence[Ruling]
    book_at: datetime
    movements: Sequence[Kept]


class LineViews:
    """Reads lines; `Approvals` decides on them."""

    def __init__(
        self, lines: LineStore, stocktakes: StocktakeStore, tally: Tally, movements: Movements
    ) -> None:
        self._lines = lines
        self._stocktakes = stocktakes
        self._tally = tally
        self._movements = movements

    def history(self, line_id: str) -> LineHistory:
        """How a line came to stand as it does. Raises LineUnknown."""
        key = LineKey.of(line_id)
        rulings = self._lines.rulings(key)
        if rulings is None:
            raise LineUnknown
        book_at = self._stocktakes.one(key.stocktake_id).book_at
        moved = self._movements.heard([key.item_code], since=book_at)
        return LineHistory(rulings=rulings, book_at=book_at, movements=moved.get(key.item_code, ()))

    def matching(self, wish: LineFilter) -> Matching:
        """What a decision by this filter would be about, in numbers."""
        self._tally.catch_up()
        return self._lines.matching(wish)
