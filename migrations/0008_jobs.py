"""Jobs: one's own and all, the newest first; those that were silent for too long; and their end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pymongo.database import Database


def up(db: Database[dict[str, Any]]) -> None:
    """Create the indexes; those that are there cost nothing."""
    db.jobs.create_index([("job_id", 1)], unique=True)
    db.jobs.create_index([("by.user_id", 1), ("at", -1)])
    db.jobs.create_index([("at", -1)])
    db.jobs.create_index([("state", 1), ("heartbeat_at", 1)])
    db.jobs.create_index([("expires_at", 1)], expireAfterSeconds=0)
