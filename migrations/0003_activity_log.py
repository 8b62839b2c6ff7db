"""The activity log is asked by rack, by floor, and for the past moves of the rack map."""

from __future__ import annotations

from pymongo import ASCENDING, DESCENDING, IndexModel
from pymongo.database import Database


def up(db: Database) -> None:
    """Create the indexes; those that are there stay."""
    db["activity_logs"].create_indexes(
        [
            IndexModel([("rack_id", ASCENDING), ("timestamp", DESCENDING)]),
            IndexModel([("floor", ASCENDING), ("timestamp", DESCENDING)]),
            IndexModel([("moved_at", ASCENDING), ("move_id", ASCENDING)], sparse=True),
        ]
    )
