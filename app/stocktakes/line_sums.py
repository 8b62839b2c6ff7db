"""How the database sums count lines up: by rack for `stocktake_racks`, and those of a filter."""

from __future__ import annotations

from typing import Any

from app.db.client import Document
from app.stocktakes.line import FROZEN, LineStatus


def _number_of(condition: Any) -> Document:
    return {"$sum": {"$cond": [condition, 1, 0]}}


SUM: Document = {
    "$group": {
        "_id": {"s": "$session_id", "r": "$rack_id"},
        "floor": {"$first": "$floor"},
        "lines": {"$sum": 1},
        "counted": _number_of({"$ne": ["$counted_qty", None]}),
        "settled": _number_of("$verified"),
        **{
            f"is_{status.value}": _number_of({"$eq": ["$status", status.value]})
            for status in LineStatus
        },
        "outside_tolerance": _number_of({"$eq": ["$within_tolerance", False]}),
        "unknown_items": _number_of({"$not": ["$item_known"]}),
        "counted_qty": {"$sum": "$counted_qty"},
        "damage_qty": {"$sum": "$damage_qty"},
        "variance_qty": {"$sum": "$variance_qty"},
        "variance_value": {"$sum": "$variance_value"},
        "gross_value": {"$sum": {"$abs": "$variance_value"}},
    }
}
IN_NUMBERS: Document = {
    "$group": {
        "_id": None,
        "lines": {"$sum": 1},
        "counted": _number_of({"$ne": ["$counted_qty", None]}),
        "frozen": _number_of({"$in": ["$status", [status.value for status in FROZEN]]}),
        "variance_qty": {"$sum": "$variance_qty"},
        "variance_value": {"$sum": "$variance_value"},
        "gross_value": {"$sum": {"$abs": "$variance_value"}},
    }
}
SHAPE: Document = {
    "$set": {
        "session_id": "$_id.s",
        "rack_id": "$_id.r",
        "by_status": {status.value: f"$is_{status.value}" for status in LineStatus},
    }
}
KEEP: Document = {"$merge": {"into": "stocktake_racks", "whenMatched": "replace"}}
