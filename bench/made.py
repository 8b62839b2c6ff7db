"""Many documents, made by the database: numbers, unwound and merged into a collection."""

from __future__ import annotations

from typing import Any

from app.db.client import Db
from app.db.indexes import create_indexes

THOUSAND = 1_000
RACKS, ITEMS, PEOPLE = 400, 5_000, 20
FLOORS = ["Ground", "First", "Second"]


def make_records(db: Db, first: int, end: int) -> None:
    """Records `first` to `end` of 400 racks, 5,000 items and 20 people, a second apart."""
    _make(db, "verification_records", first, end, _record())


def make_lines(db: Db, first: int, end: int) -> None:
    """Count lines of a stocktake long closed."""
    _make(db, "count_lines", first, end, _line())


def make_racks(db: Db, first: int, end: int) -> None:
    """Racks that stand free, on floors of a hundred."""
    _make(db, "rack_registry", first, end, _rack())


def _make(db: Db, collection: str, first: int, end: int, document: dict[str, Any]) -> None:
    """Documents of the numbers `first` to `end`, a thousand from each seed. Indexes come after
    them: that takes a fraction of the time.
    """
    db[collection].drop_indexes()
    size = min(THOUSAND, end - first)
    db.bench_numbers.insert_many([{"_id": n} for n in range(first, end, size)])
    db.bench_numbers.aggregate(
        [
            {"$set": {"k": {"$range": [0, size]}}},
            {"$unwind": "$k"},
            {"$set": {"n": {"$add": ["$_id", "$k"]}}},
            {"$match": {"n": {"$lt": end}}},
            {"$project": {"_id": 0, **document}},
            {"$merge": {"into": collection, "whenMatched": "fail"}},
        ]
    )
    db.bench_numbers.drop()
    create_indexes(db)
    db.client.admin.command("fsync")  # as a minute later: they are not written during what follows


def _numbered(prefix: str, of: int = 0) -> dict[str, Any]:
    number = {"$mod": ["$n", of]} if of else "$n"
    return {"$concat": [prefix, {"$toString": number}]}


def _later() -> dict[str, Any]:
    return {"$dateAdd": {"startDate": "$$NOW", "unit": "second", "amount": "$n"}}


def _floor() -> dict[str, Any]:
    return {"$arrayElemAt": [FLOORS, {"$mod": ["$n", len(FLOORS)]}]}


def _record() -> dict[str, Any]:
    return {
        "n": 1,
        "client_record_id": _numbered("c-"),
        "session_id": _numbered("s-", RACKS),
        "rack_id": _numbered("R-", RACKS),
        "floor": _floor(),
        "item_code": _numbered("I-", ITEMS),
        "verified_qty": {"$mod": [{"$multiply": ["$n", 7]}, 97]},
        "damage_qty": {"$cond": [{"$eq": [{"$mod": ["$n", 50]}, 0]}, 1, 0]},
        "username": _numbered("counter", PEOPLE),
        "category": _numbered("Category ", 30),
        "status": "finalized",
        "sync_status": "synced",
        "item_known": {"$literal": True},
        "stocktake_id": "bench",
        "fingerprint": _numbered("0123456789abcdef0123456789abcdef"),
        "history": [],
        "evidence_photos": [],
        "created_at": _later(),
        "updated_at": _later(),
    }


def _line() -> dict[str, Any]:
    return {
        "_id": {"s": "bench", "r": _numbered("R-", RACKS), "i": _numbered("I-")},
        "session_id": "bench",
        "rack_id": _numbered("R-", RACKS),
        "item_code": _numbered("I-"),
        "floor": _floor(),
        "item_name": _numbered("Item "),
        "book_qty": {"$mod": ["$n", 50]},
        "counted_qty": {"$mod": ["$n", 49]},
        "status": "approved",
        "verified": {"$literal": True},
        "rank": {"$mod": ["$n", 997]},
        "passes": [],
        "created_at": _later(),
    }


def _rack() -> dict[str, Any]:
    floor = {"$concat": ["Z-floor-", {"$toString": {"$floor": {"$divide": ["$n", 100]}}}]}
    return {
        "rack_id": _numbered("Z-"),
        "floor": floor,
        "zone": "Bench",
        "warehouse": "Main",
        "row": {"$add": [1, {"$floor": {"$divide": [{"$mod": ["$n", 100]}, 10]}}]},
        "column": {"$add": [1, {"$mod": ["$n", 10]}]},
        "status": "available",
        "fence": {"$literal": 0},
        "pass": {"$literal": 1},
    }
