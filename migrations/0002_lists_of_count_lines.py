"""Lists of count lines by state and by floor, the largest variance first; racks whose lines are
due; the sessions of a stocktake by rack; the racks of a stocktake with their sums.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pymongo.database import Database


def up(db: Database[dict[str, Any]]) -> None:
    """Create the indexes; those that are there cost nothing."""
    lines = db.count_lines
    lines.create_index([("session_id", 1), ("status", 1), ("rank", -1), ("_id", 1)])
    lines.create_index([("session_id", 1), ("floor", 1), ("rank", -1), ("_id", 1)])
    db.rack_registry.create_index([("lines_due", 1)], sparse=True)
    db.verification_sessions.create_index([("stocktake_id", 1), ("rack_id", 1)])
    db.stocktake_racks.create_index([("session_id", 1), ("floor", 1)])
