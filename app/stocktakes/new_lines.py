"""A line before anybody counted it: what the catalogue and the book say."""

from __future__ import annotations

from datetime import datetime

from app.items.item import Item
from app.stocktakes.line import Book, CountLine, LineItem, LineKey, LineStatus, Outcome
from app.stocktakes.stocktake import Stocktake
from app.sync.figures import ItemCount


def new_line(
    stocktake: Stocktake,
    place: tuple[str, str],
    item_code: str,
    item: Item | None,
    *,
    now: datetime,
    count: ItemCount | None = None,
) -> CountLine:
    """The line of an item at a place (rack, floor), as of now. Where the catalogue lacks the item,
    its first count describes it; where its place is another, this rack's book figure is nought.
    """
    rack_id, floor = place
    here = item is not None and item.rack == rack_id
    return CountLine(
        key=LineKey(stocktake.stocktake_id, rack_id, item_code),
        floor=floor,
        item=_described(item, count, here=here),
        book=Book(qty=(item.stock_qty or 0) if item and here else 0, at=now),
        passes=(),
        outcome=Outcome(status=LineStatus.UNCOUNTED),
        said=None,
        recount_after=None,
        ruling=None,
        rev=0,
        created_at=now,
        updated_at=now,
    )


def _described(item: Item | None, count: ItemCount | None, *, here: bool) -> LineItem:
    if item is None:
        return LineItem(
            item_name="",
            category=count.category if count else None,
            uom=count.uom if count else None,
            price=(count.mrp if count else None) or 0,
            item_known=False,
            expected_here=False,
        )
    return LineItem(
        item_name=item.item_name,
        category=item.category,
        uom=item.uom,
        price=item.mrp or 0,
        item_known=True,
        expected_here=here,
    )
