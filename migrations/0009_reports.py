"""Lists of snapshots, all and by tag, and of comparisons, the newest first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pymongo.database import Database


def up(db: Database[dict[str, Any]]) -> None:
    """Create the indexes; those that are there cost nothing."""
    db.report_snapshots.create_index([("created_at", -1), ("snapshot_id", -1)])
    db.report_snapshots.create_index([("tags", 1), ("created_at", -1)])
    db.report_compare_jobs.create_index([("created_at", -1), ("job_id", -1)])
