"""Stock moved: the count lines of these items have another book figure to be held against."""

from __future__ import annotations

from collections.abc import Sequence

from pymongo.client_session import ClientSession

from app.racks.standing import Standing
from app.stocktakes.lines_store import LineStore
from app.stocktakes.store import StocktakeStore


class MovedLines:
    """Marks the racks whose lines are behind, in the same act as the movement."""

    def __init__(self, lines: LineStore, stocktakes: StocktakeStore, standing: Standing) -> None:
        self._lines = lines
        self._stocktakes = stocktakes
        self._standing = standing

    def note(self, item_codes: Sequence[str], s: ClientSession) -> None:
        """Mark the racks of open stocktakes where one of these items has a line."""
        open_ids = [each.stocktake_id for each in self._stocktakes.open_ones()]
        self._standing.mark_due(self._lines.racks_with(open_ids, item_codes), s)
