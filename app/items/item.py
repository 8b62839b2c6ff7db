"""An item of the catalogue, from an import's row or from its document."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from typing import Any, Self

CODE_MAX = 64
TEXT_MAX = 200
DESCRIPTION_MAX = 2_000
STOCK_DECIMALS = 6
"""Of a book figure: so that 0.1 and 0.2 make 0.3, and a receipt and its issue nothing."""


class BadRow(ValueError):
    """A field of an import's row is unusable: which one, and why."""

    def __init__(self, field_name: str, why: str) -> None:
        super().__init__(f"{field_name} {why}")
        self.field_name = field_name
        self.why = why


def _text(max_length: int = TEXT_MAX, *, needed: bool = False) -> Any:
    """An optional text is kept as None where it is empty, a needed one may not be."""
    metadata = {"max": max_length, "needed": needed}
    return field(metadata=metadata) if needed else field(default=None, metadata=metadata)


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One item. `stock_qty` is the book's figure, None where it was not asked for.

    Two items are equal when their imported fields are: `updated_at` says when, not what.
    """

    item_code: str = _text(CODE_MAX, needed=True)
    item_name: str = _text(needed=True)
    barcode: str | None = _text(CODE_MAX)
    autobarcode: str | None = _text(CODE_MAX)
    description: str | None = _text(DESCRIPTION_MAX)
    category: str | None = _text()
    subcategory: str | None = _text()
    uom: str | None = _text()
    mrp: float | None = None
    stock_qty: float | None = None
    warehouse: str | None = _text()
    floor: str | None = _text()
    rack: str | None = _text(CODE_MAX)
    updated_at: datetime | None = field(default=None, compare=False)

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> Self:
        """The item that a row of an import describes; columns that no item has are left aside.

        Raises:
            BadRow: a needed field is empty, a text too long, or a number none.
        """
        texts: dict[str, Any] = {
            f.name: _read_text(f.name, row.get(f.name), **f.metadata) for f in _TEXTS
        }
        return cls(
            **texts,
            mrp=_read_number("mrp", row.get("mrp"), low=0.0),
            stock_qty=_read_number("stock_qty", row.get("stock_qty")),
        )

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Self:
        """The item as the catalogue keeps it."""
        return cls(**{name: document[name] for name in _NAMES if name in document})

    @staticmethod
    def field_names() -> tuple[str, ...]:
        return _NAMES

    def with_stock(self, stock_qty: float | None) -> Self:
        """The same item with another book figure."""
        return replace(self, stock_qty=stock_qty)

    def as_row(self) -> dict[str, Any]:
        """A row that describes the item: what `from_row` makes it of again."""
        row = {name: getattr(self, name) for name in _NAMES if name != "updated_at"}
        return {name: value for name, value in row.items() if value is not None}

    def as_document(self, at: datetime) -> dict[str, Any]:
        """What the catalogue keeps. Empty fields are left out, so that sparse indexes are."""
        values = {name: getattr(self, name) for name in _NAMES} | {"updated_at": at}
        return {name: value for name, value in values.items() if value is not None}


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """An item as it stands, and the moment that an import said its book stock is of."""

    item: Item
    book_at: datetime | None = None


_NAMES = tuple(f.name for f in fields(Item))
_TEXTS = tuple(f for f in fields(Item) if f.metadata)


def _read_text(name: str, value: object, *, max: int, needed: bool) -> str | None:  # noqa: A002
    text = "" if value is None else str(value).strip()
    if needed and not text:
        raise BadRow(name, "is missing")
    if len(text) > max:
        raise BadRow(name, f"is longer than {max} characters")
    if any(ord(sign) < ord(" ") for sign in text):
        raise BadRow(name, "has control characters")
    return text or None


def _read_number(name: str, value: object, *, low: float = -math.inf) -> float | None:
    if value is None or value == "":
        return None
    try:
        number = float(str(value))
    except ValueError:
        raise BadRow(name, "is no number") from None
    if not math.isfinite(number) or number < low:
        raise BadRow(name, "is no possible amount")
    return number
