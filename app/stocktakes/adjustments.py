"""Adjustments as an ERP takes them in: what was counted, row by row; pure.

Sources of the columns:

- ERPNext: DocType "Stock Reconciliation Item" (erpnext/stock/doctype/stock_reconciliation_item/
  stock_reconciliation_item.json, version 15), its labels; in a Data Import of the parent document
  Frappe names a child table's column "Label (Items)". The parent's fields stand in the first row
  only: rows that leave them empty belong to the same document.
- Odoo 17 and 18: model `stock.quant` (addons/stock/models/stock_quant.py), the labels of
  `product_id`, `location_id`, `lot_id` and `inventory_quantity`; its import takes these and refuses
  any other column. A serial number is a row of its own with the quantity 1.

A counted zero is said, and nothing is said of what was not counted: only what is handed in here
reaches a file.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

Cell = str | float | None
Cells = tuple[Cell, ...]

FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")
"""A spreadsheet takes a text that begins so for a formula and runs it."""

ERPNEXT_COLUMNS = (
    "Purpose",
    "Item Code (Items)",
    "Warehouse (Items)",
    "Quantity (Items)",
    "Valuation Rate (Items)",
    "Barcode (Items)",
    "Use Serial No / Batch Fields (Items)",
    "Serial No (Items)",
    "Batch No (Items)",
)
ERPNEXT_PURPOSE = "Stock Reconciliation"
ODOO_COLUMNS = ("Product", "Location", "Lot/Serial Number", "Counted Quantity")
PLAIN_COLUMNS = (
    "item_code",
    "item_name",
    "barcode",
    "warehouse",
    "uom",
    "lot",
    "serial_numbers",
    "book_qty",
    "counted_qty",
    "variance_qty",
    "valuation_rate",
    "variance_value",
)
DECIMALS = 6


class AdjustmentFormat(StrEnum):
    ERPNEXT = "erpnext"
    ODOO = "odoo"
    PLAIN = "csv"


@dataclass(frozen=True, slots=True, kw_only=True)
class Adjustment:
    """An item's counted stock at a place, beside what the book says. Quantities are in `uom`,
    `valuation_rate` is money a piece; `warehouse` is the place as the ERP names it.
    """

    item_code: str
    item_name: str | None
    warehouse: str
    counted_qty: float
    book_qty: float | None = None
    uom: str | None = None
    valuation_rate: float | None = None
    barcode: str | None = None
    lot: str | None = None
    serial_numbers: tuple[str, ...] = ()


def csv_of(adjustments: Iterable[Adjustment], form: AdjustmentFormat) -> Iterator[str]:
    """The lines of the file, heading first, as they come: memory does not grow with the file."""
    columns, rows = _FORMATS[form]
    yield _line(columns)
    for row in rows(adjustments):
        yield _line(row)


def erpnext_rows(adjustments: Iterable[Adjustment]) -> Iterator[Cells]:
    """Rows of one Stock Reconciliation."""
    purpose: str | None = ERPNEXT_PURPOSE
    for one in adjustments:
        yield (
            purpose,
            one.item_code,
            one.warehouse,
            one.counted_qty,
            one.valuation_rate,
            one.barcode,
            1 if one.lot or one.serial_numbers else 0,
            "\n".join(one.serial_numbers),
            one.lot,
        )
        purpose = None


def odoo_rows(adjustments: Iterable[Adjustment]) -> Iterator[Cells]:
    """Rows of an inventory adjustment: a serial number each, and what has none together."""
    for one in adjustments:
        for serial in one.serial_numbers:
            yield one.item_code, one.warehouse, serial, 1
        rest = round(one.counted_qty - len(one.serial_numbers), DECIMALS)
        if rest > 0 or not one.serial_numbers:
            yield one.item_code, one.warehouse, one.lot, max(rest, 0)


def plain_rows(adjustments: Iterable[Adjustment]) -> Iterator[Cells]:
    """Rows for a person: both figures, and what lies between in units and in money."""
    for one in adjustments:
        variance = None if one.book_qty is None else _rounded(one.counted_qty - one.book_qty)
        rate = one.valuation_rate
        yield (
            one.item_code,
            one.item_name,
            one.barcode,
            one.warehouse,
            one.uom,
            one.lot,
            "\n".join(one.serial_numbers),
            one.book_qty,
            one.counted_qty,
            variance,
            rate,
            None if variance is None or rate is None else _rounded(variance * rate),
        )


def defused(text: str) -> str:
    """A text that no spreadsheet runs: one that begins like a formula gets an apostrophe before."""
    return f"'{text}" if text.startswith(FORMULA_SIGNS) else text


Rows = Callable[[Iterable[Adjustment]], Iterator[Cells]]
_FORMATS: Mapping[AdjustmentFormat, tuple[tuple[str, ...], Rows]] = {
    AdjustmentFormat.ERPNEXT: (ERPNEXT_COLUMNS, erpnext_rows),
    AdjustmentFormat.ODOO: (ODOO_COLUMNS, odoo_rows),
    AdjustmentFormat.PLAIN: (PLAIN_COLUMNS, plain_rows),
}


def _line(cells: Iterable[Cell]) -> str:
    line = io.StringIO()
    csv.writer(line).writerow([_written(cell) for cell in cells])
    return line.getvalue()


def _written(cell: Cell) -> str:
    """Numbers as they are, a whole one without a point, and texts defused."""
    if cell is None:
        return ""
    if isinstance(cell, str):
        return defused(cell)
    number = _rounded(cell)
    return str(int(number)) if number == int(number) else f"{number:.{DECIMALS}f}".rstrip("0")


def _rounded(number: float) -> float:
    return round(number, DECIMALS)
