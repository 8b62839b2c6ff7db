"""Stores of before the count lines: racks that were finished then have no lines and would get none,
so their lines are due; and two indexes of an earlier form of step 0002, whose order was not whole,
go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import uuid4

if TYPE_CHECKING:
    from pymongo.database import Database

BEFORE = ("session_id_1_status_1_rank_-1", "session_id_1_floor_1_rank_-1")


def up(db: Database[dict[str, Any]]) -> None:
    """Drop the old indexes where they are, and mark the racks: a server makes the lines."""
    for name in set(BEFORE) & set(db.count_lines.index_information()):
        db.count_lines.drop_index(name)
    lines = {
        "from": "count_lines",
        "localField": "rack_id",
        "foreignField": "rack_id",
        "let": {"stocktake": "$stocktake_id"},
        "pipeline": [
            {"$match": {"$expr": {"$eq": ["$session_id", "$$stocktake"]}}},
            {"$limit": 1},
            {"$project": {"_id": 1}},
        ],
        "as": "lines",
    }
    db.rack_registry.aggregate(
        [
            {"$match": {"stocktake_id": {"$gt": ""}, "lines_due": {"$exists": False}}},
            {"$lookup": lines},
            {"$match": {"lines": []}},
            {"$project": {"lines_due": uuid4().hex}},
            {"$merge": {"into": "rack_registry", "whenNotMatched": "discard"}},
        ]
    )
