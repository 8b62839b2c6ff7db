"""A small catalogue for tests: rows as an import sends them, and the use cases that keep them."""

from __future__ import annotations

from types import SimpleNamespace

from app.db.migrate import migrate
from app.items.catalogue import Catalogue
from app.items.imports import Imports
from app.items.store import ItemStore
from tests.support.clock import MovableClock


def a_row(item_code="85123A", **fields):
    """A row of an import; `fields` replace or add columns."""
    return {
        "item_code": item_code,
        "barcode": f"20{item_code}",
        "item_name": "CREAM HANGING HEART T-LIGHT HOLDER",
        "category": "Holder",
        "uom": "EA",
        "mrp": "2.55",
        "stock_qty": "36",
        "warehouse": "Main",
        "floor": "Ground",
        "rack": "G-01",
    } | fields


def make_catalogue(db, *rows):
    """`catalogue`, `imports` and their `clock` on a migrated database that holds these rows."""
    migrate(db)
    store, clock = ItemStore(db), MovableClock()
    parts = SimpleNamespace(catalogue=Catalogue(store), imports=Imports(store, clock), clock=clock)
    parts.imports.load_items(rows)
    return parts
