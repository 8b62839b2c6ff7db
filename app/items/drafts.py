"""What a row of a file means for the catalogue: new, changed, the same, or faulty; pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from app.items.columns import FIELDS, KEY
from app.items.item import STOCK_DECIMALS, BadRow, Item

NUMBERS = ("mrp", "stock_qty")
SHOWN = 100
"""Characters of a faulty cell that a report shows."""

_COMMA_NUMBER = re.compile(r"[+-]?\d{1,3}(\.\d{3})*(,\d+)?|[+-]?\d+,\d+")
_GROUPED_NUMBER = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?")

Values = Mapping[str, str]
"""What a row says: a text for each mapped field, empty where its cell is."""


class RowKind(StrEnum):
    NEW = "new"
    CHANGED = "changed"
    SAME = "same"
    GONE = "gone"
    FAULTY = "faulty"


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A row judged. `changes` has (field, old, new); a faulty one names its `field` and `why`."""

    row: int
    kind: RowKind
    item_code: str | None
    item_name: str | None = None
    values: Values | None = None
    changes: tuple[tuple[str, Any, Any], ...] = ()
    field: str | None = None
    why: str | None = None


def values_of(cells: Mapping[str, str], mapping: Mapping[str, str], *, comma: bool) -> Values:
    """What the row says of each mapped field."""
    values = {field: cells[column] for field, column in mapping.items()}
    return {f: _number(v, comma=comma) if f in NUMBERS else v for f, v in values.items()}


def item_after(before: Item | None, values: Values, *, moved: float = 0.0) -> Item:
    """The item as it is once the row is taken over: what the file does not say stays. `moved` is
    what came and left since the moment of the file's book stock.

    Raises:
        BadRow: a field is unusable, or a new item lacks one that it needs.
    """
    kept = {name: getattr(before, name) for name in FIELDS} if before else {}
    item = Item.from_row({**kept, **values})
    if not moved or item.stock_qty is None:
        return item
    return item.with_stock(round(item.stock_qty + moved, STOCK_DECIMALS))


def judge_row(
    row: int,
    values: Values,
    before: Item | None,
    *,
    earlier_row: int | None,
    moved: float = 0.0,
) -> Draft:
    """What the row means. `earlier_row`: where the file has said something of the item already;
    `moved`: what came and left since the moment of the file's book stock.
    """
    code = values.get(KEY, "").strip() or None
    try:
        _check_first(earlier_row)
        after = item_after(before, values, moved=moved)
    except BadRow as bad:
        return Draft(
            row=row,
            kind=RowKind.FAULTY,
            item_code=code[:SHOWN] if code else None,
            values={bad.field_name: values.get(bad.field_name, "")[:SHOWN]},
            field=bad.field_name,
            why=bad.why,
        )
    changes = changes_of(before, after)
    kind = RowKind.CHANGED if changes else RowKind.SAME
    return Draft(
        row=row,
        kind=kind if before else RowKind.NEW,
        item_code=after.item_code,
        item_name=after.item_name,
        values=values,
        changes=changes if before else (),
    )


def _check_first(earlier_row: int | None) -> None:
    if earlier_row is not None:
        raise BadRow(KEY, f"stands in row {earlier_row} already")


def changes_of(before: Item | None, after: Item) -> tuple[tuple[str, Any, Any], ...]:
    """Each field that differs, with both values."""
    pairs = ((name, getattr(before, name, None), getattr(after, name)) for name in FIELDS)
    return tuple((name, old, new) for name, old, new in pairs if old != new)


def _number(text: str, *, comma: bool) -> str:
    """A number as Python reads it: without the signs that group its digits."""
    if comma and _COMMA_NUMBER.fullmatch(text):
        return text.replace(".", "").replace(",", ".")
    return text.replace(",", "") if _GROUPED_NUMBER.fullmatch(text) else text
