"""No query of a request may scan a collection, so the indexes stand before the first document.

The only migration that imports from the application: it creates the tables of app/db/indexes.py.
An index that comes later brings its own migration, because this one has then run.
"""

from __future__ import annotations

from app.db.client import Db
from app.db.indexes import create_indexes


def up(db: Db) -> None:
    """Create all indexes; those that are there stay."""
    create_indexes(db)
