"""Imports of the catalogue: their history, those that wait for a worker, and their rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pymongo.database import Database


def up(db: Database[dict[str, Any]]) -> None:
    """Create the indexes; those that are there cost nothing."""
    imports, rows = db.item_imports, db.item_import_rows
    imports.create_index([("import_id", 1)], unique=True)
    imports.create_index([("created_at", -1), ("import_id", -1)])
    imports.create_index([("state", 1), ("worker_until", 1)])
    rows.create_index([("reading", 1), ("kind", 1), ("row", 1), ("item_code", 1)])
    rows.create_index([("reading", 1), ("seq", 1)])
    rows.create_index([("until", 1)], expireAfterSeconds=0)
