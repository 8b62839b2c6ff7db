"""What a stocktake found, as adjustments of the stock in the system that keeps the books.

A figure there is of an item and a warehouse, while people count item by rack. So an item is told
only once all of its lines are settled: half of its racks would book the other half away.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby

from app.chunks import chunks
from app.items.catalogue import Catalogue
from app.items.item import Item
from app.stocktakes.adjustments import Adjustment
from app.stocktakes.line import CountLine, LineStatus
from app.stocktakes.lines_store import LineStore
from app.stocktakes.store import StocktakeStore
from app.stocktakes.tally import Tally

CHUNK = 500


class SettledStock:
    """Reads a stocktake's settled lines, item by item, in bounded memory."""

    def __init__(
        self, lines: LineStore, stocktakes: StocktakeStore, tally: Tally, catalogue: Catalogue
    ) -> None:
        self._lines = lines
        self._stocktakes = stocktakes
        self._tally = tally
        self._catalogue = catalogue

    def of(self, stocktake_id: str, *, only_known: bool) -> Iterator[Adjustment]:
        """Adjustments by item code. `only_known` leaves out what the catalogue lacks: no ERP books
        an item that it does not have. Raises StocktakeUnknown, here and not at the first of them.
        """
        warehouse = self._stocktakes.one(stocktake_id).warehouse
        self._tally.catch_up()
        return self._told(self._items(stocktake_id), warehouse, only_known=only_known)

    def _items(self, stocktake_id: str) -> Iterator[Sequence[CountLine]]:
        for _, lines in groupby(self._lines.by_item(stocktake_id), lambda line: line.key.item_code):
            item = list(lines)
            if is_to_adjust(item):
                yield item

    def _told(
        self, items: Iterator[Sequence[CountLine]], warehouse: str, *, only_known: bool
    ) -> Iterator[Adjustment]:
        for chunk in chunks(items, CHUNK):
            known = self._catalogue.with_codes(lines[0].key.item_code for lines in chunk)
            for lines in chunk:
                if not only_known or lines[0].key.item_code in known:
                    yield adjustment_of(lines, known, warehouse)


def is_to_adjust(lines: Sequence[CountLine]) -> bool:
    """Whether an item's lines say what its stock is: each is settled, and not all were rejected."""
    return all(line.settled for line in lines) and any(
        line.outcome.status is not LineStatus.REJECTED for line in lines
    )


def adjustment_of(
    lines: Sequence[CountLine], known: Mapping[str, Item], warehouse: str
) -> Adjustment:
    """One item's stock in the warehouse. Where a line was rejected the book's figure stands. The
    book is held against it as of the moment of each count, so that later movements are in neither.
    """
    first = lines[0]
    item = known.get(first.key.item_code)
    return Adjustment(
        item_code=first.key.item_code,
        item_name=first.item.item_name or None,
        warehouse=warehouse,
        counted_qty=_sum(_standing(line) for line in lines),
        book_qty=_sum(line.book.expected for line in lines),
        uom=first.item.uom,
        barcode=item.barcode if item else None,
    )


def _standing(line: CountLine) -> float:
    if line.outcome.status is LineStatus.REJECTED or line.outcome.counted is None:
        return line.book.expected
    return line.outcome.counted


def _sum(figures: Iterable[float]) -> float:
    return round(sum(figures), 6)
