"""Movements of an item and of all, the newest first; and no movement twice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pymongo.database import Database


def up(db: Database[dict[str, Any]]) -> None:
    """Create the indexes; those that are there cost nothing."""
    movements = db.item_movements
    movements.create_index([("movement_id", 1)], unique=True)
    movements.create_index([("item_code", 1), ("at", -1), ("movement_id", -1)])
    movements.create_index([("at", -1), ("movement_id", -1)])
