"""What taking a row over makes of an item, and what taking it back does; pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from app.items.drafts import RowKind, item_after
from app.items.item import STOCK_DECIMALS, BadRow, Item, Standing
from app.items.item_import import ImportRow, Trace
from app.items.movement import Movement


def outcome(row: ImportRow, before: Standing | None, moved: float) -> tuple[Item | None, Trace]:
    """The item as the row has it, or None where none is to be saved, and what it replaces."""
    kept = before.item.as_row() if before else None
    book_at = before.book_at if before else None
    if row.kind is RowKind.GONE:
        why = None if before else "is gone already"
        return None, Trace(before=kept, book_at=book_at, skipped=why)
    try:
        item = item_after(before.item if before else None, row.values or {}, moved=moved)
    except BadRow as bad:  # the item changed since the preview
        return None, Trace(skipped=f"{bad.field_name} {bad.why}")
    return item, Trace(before=kept, book_at=book_at, set_stock=item.stock_qty)


def restored(
    row: ImportRow,
    now: Standing | None,
    late: Sequence[Movement],
    says_stock: bool,  # noqa: FBT001
) -> Item | None:
    """The item as it was before the row; fields that somebody changed since stay. None where it
    was not there, or is gone.
    """
    if row.before is None:
        return None
    before = Item.from_row(row.before)
    if now is None:
        return before if row.kind is RowKind.GONE else None
    if row.kind is RowKind.GONE:
        return None
    set_to = item_after(before, row.values or {})
    mine = {
        name: getattr(before, name)
        for name in row.values or {}
        if name != "stock_qty" and getattr(now.item, name) == getattr(set_to, name)
    }
    item = Item.from_row({**now.item.as_row(), **mine})
    if not says_stock:
        return item
    since = (now.item.stock_qty or 0) - (row.set_stock or 0)
    late_qty = sum(m.qty for m in late if m.item_code == row.item_code)
    if before.stock_qty is None and not since and not late_qty:
        return item.with_stock(None)
    return item.with_stock(round((before.stock_qty or 0) + since + late_qty, STOCK_DECIMALS))


def summed(movements: Sequence[Movement]) -> dict[str, float]:
    """What moved of each item, all in all."""
    sums: defaultdict[str, float] = defaultdict(float)
    for movement in movements:
        sums[movement.item_code] += movement.qty
    return sums
