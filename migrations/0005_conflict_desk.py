"""The conflict desk pages by age, with the id where two have one age, and also by rack: indexes
that end with both take the place of those that ended with the time.
"""

from __future__ import annotations

from typing import Any

from pymongo import ASCENDING, DESCENDING
from pymongo.database import Database

FILTERS = ("conflict_type", "floor", "rack_id", "user_id")
BEFORE = (
    "status_1_created_at_-1",
    "conflict_type_1_status_1_created_at_-1",
    "floor_1_status_1_created_at_-1",
    "user_id_1_status_1_created_at_-1",
    "client_record_id_1",
)


def up(db: Database[dict[str, Any]]) -> None:
    """Create the new ones, then drop the old ones where they are."""
    conflicts = db["sync_conflicts"]
    by_age = [("status", ASCENDING), ("created_at", DESCENDING), ("conflict_id", DESCENDING)]
    conflicts.create_index(by_age)
    for name in FILTERS:
        conflicts.create_index([(name, ASCENDING), *by_age])
    conflicts.create_index([("client_record_id", ASCENDING), ("created_at", DESCENDING)])
    for name in set(BEFORE) & set(conflicts.index_information()):
        conflicts.drop_index(name)
