"""Loading the catalogue: rows in, numbered changes out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from app.chunks import chunks
from app.clock import Clock
from app.items.changes import Saved
from app.items.item import Item
from app.items.store import ItemStore

CHUNK = 500
"""Items a transaction: far below MongoDB's limits, and its locks are held for a moment only."""


class Imports:
    """Brings the catalogue to what a file, or another system, says of it."""

    def __init__(self, store: ItemStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def load_items(self, rows: Iterable[Mapping[str, Any]]) -> Saved:
        """Create and change items, CHUNK at a time; a row says all of its item.

        Safe to repeat: rows that say what the catalogue has change nothing and get no change
        number. Items without a row stay. Where a code comes twice in a chunk, its last row counts.

        Raises:
            BadRow: a row is unusable; the chunks before its own are loaded.
        """
        saved = Saved()
        for chunk in chunks(map(Item.from_row, rows), CHUNK):
            items = {item.item_code: item for item in chunk}
            saved += self._store.save(items, self._clock.now())
        return saved

    def remove(self, codes: Iterable[str]) -> list[str]:
        """Take items out of the catalogue; returns the codes that were in it."""
        return [
            code
            for chunk in chunks(codes, CHUNK)
            for code in self._store.delete(chunk, self._clock.now())
        ]
