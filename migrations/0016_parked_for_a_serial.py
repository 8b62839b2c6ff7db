"""Which sessions parked a count for its serial number: each batch with serials asks it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pymongo.database import Database


def up(db: Database[dict[str, Any]]) -> None:
    """Create the index; one that is there costs nothing."""
    db.sync_conflicts.create_index([("session_id", 1), ("conflict_type", 1)])
