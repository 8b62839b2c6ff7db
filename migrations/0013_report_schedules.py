"""Schedules of reports and their deliveries; snapshots by schedule and end; trails of serials."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pymongo.database import Database


def up(db: Database[dict[str, Any]]) -> None:
    """Create the indexes; those that are there cost nothing."""
    db.report_schedules.create_index([("schedule_id", 1)], unique=True)
    db.report_schedules.create_index([("is_paused", 1), ("next_at", 1)])
    db.report_schedules.create_index([("created_at", -1), ("schedule_id", -1)])
    db.report_deliveries.create_index([("delivery_id", 1)], unique=True)
    db.report_deliveries.create_index([("fate", 1), ("next_at", 1)])
    db.report_deliveries.create_index([("schedule_id", 1), ("created_at", -1), ("delivery_id", -1)])
    db.report_deliveries.create_index([("expires_at", 1)], expireAfterSeconds=0)
    db.report_snapshots.create_index([("schedule_id", 1), ("created_at", -1)])
    db.report_snapshots.create_index([("keep_until", 1)], sparse=True)
    db.sync_conflicts.create_index([("payload.serial_numbers", 1)], sparse=True)
