"""The indexes, as data, and how they do.

One line an index: its fields in order, `↓` for a falling one, and words for what it is:
`u` (unique), `text`, `sparse`, `ttl` (a document goes when the time in the field has come).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pymongo import ASCENDING, DESCENDING, TEXT, IndexModel

from app.db.client import Db

Table = Mapping[str, tuple[str, ...]]

EXPECTED: Table = {
    "verification_records": (
        "u client_record_id",
        "session_id, created_at↓",
        "rack_id, floor",
        "item_code, sync_status",
        "sync_status, updated_at↓",
        "sparse serial_numbers",
        "status, created_at↓",
    ),
    "verification_sessions": (
        "u session_id",
        "user_id, status",
        "rack_id, status",
        "status, last_heartbeat↓",
        "floor, status",
        "sparse completed_at↓",
    ),
    "rack_registry": (
        "u rack_id",
        "status, floor",
        "claimed_by, status",
        "sparse lock_expires_at",
        "sparse session_id",
    ),
    "item_serials": (
        "u serial_number",
        "item_code",
        "session_id, created_at↓",
        "rack_id",
    ),
    "report_snapshots": (
        "u snapshot_id",
        "created_by, created_at↓",
        "snapshot_type, created_at↓",
        "sparse query_hash",
    ),
    "report_compare_jobs": (
        "u job_id",
        "created_by, created_at↓",
        "status, created_at↓",
        "snapshot_a_id, snapshot_b_id",
    ),
    "count_lines": (
        "session_id, created_at↓",
        "item_code, session_id",
        "verified, session_id",
        "rack_id, session_id",
    ),
    "sessions": (
        "u session_id",
        "created_by, created_at↓",
        "status, created_at↓",
        "warehouse, status",
    ),
    "erp_items": (
        "u item_code",
        "barcode",
        "sparse autobarcode",
        "category, subcategory",
        "warehouse, item_code",
        "stock_qty",
        "floor, rack",
        "updated_at",
        "text item_name, description",
    ),
    "activity_logs": (
        "user, timestamp↓",
        "action, timestamp↓",
        "status, timestamp↓",
        "timestamp↓",
    ),
    "error_logs": (
        "severity, timestamp↓",
        "error_type, timestamp↓",
        "endpoint, timestamp↓",
        "resolved, timestamp↓",
    ),
}
"""The 55 indexes that the specification names."""

BEYOND: Table = {
    "activity_logs": (
        "rack_id, timestamp↓",
        "floor, timestamp↓",
        "sparse moved_at, move_id",
    ),
    "count_lines": (
        "session_id, status, rank↓, _id",
        "session_id, floor, rank↓, _id",
    ),
    "rack_registry": ("sparse lines_due",),
    "report_compare_jobs": ("created_at↓, job_id↓",),
    "report_snapshots": (
        "created_at↓, snapshot_id↓",
        "tags, created_at↓",
        "schedule_id, created_at↓",
        "sparse keep_until",
    ),
    "sessions": ("sparse seal_due",),
    "verification_sessions": ("stocktake_id, rack_id", "status, custody_due"),
}
"""What those collections have beyond the specification: what a list of today asks for."""

FURTHER: Table = {
    "custody_manifests": ("u stocktake_id",),
    "custody_seals": ("u stocktake_id, rack_id, number", "stocktake_id, rack_id, size, sealed_at"),
    "exports.files": ("filename, uploadDate", "metadata.until"),
    "item_words": ("terms, _id",),
    "item_changes": ("u seq", "at"),
    "item_imports": (
        "u import_id",
        "created_at↓, import_id↓",
        "state, created_at",
        "sparse reading",
    ),
    "item_import_rows": (
        "reading, kind, row, item_code",
        "reading, seq",
        "ttl until",
    ),
    "item_movements": (
        "u movement_id",
        "item_code, at↓, movement_id↓",
        "at↓, movement_id↓",
    ),
    "lease_ends": ("ttl until",),
    "stocktake_racks": ("session_id, floor",),
    "users": ("u user_id", "u username", "role, active"),
    "sign_ins": ("user_id", "ttl expires_at", "sparse device_id"),
    "devices": ("name, _id",),
    "jobs": (
        "u job_id",
        "by.user_id, at↓",
        "at↓",
        "state, heartbeat_at",
        "ttl expires_at",
    ),
    "report_schedules": ("u schedule_id", "is_paused, next_at", "created_at↓, schedule_id↓"),
    "report_deliveries": (
        "u delivery_id",
        "fate, next_at",
        "schedule_id, created_at↓, delivery_id↓",
        "ttl expires_at",
    ),
    "sync_conflicts": (
        "u conflict_id",
        "status, created_at↓, conflict_id↓",
        "conflict_type, status, created_at↓, conflict_id↓",
        "floor, status, created_at↓, conflict_id↓",
        "rack_id, status, created_at↓, conflict_id↓",
        "user_id, status, created_at↓, conflict_id↓",
        "client_record_id, created_at↓",
        "session_id, conflict_type",
        "sparse payload.serial_numbers",
    ),
}
"""What further collections bring."""

_KINDS: Mapping[str, Mapping[str, Any]] = {
    "u": {"unique": True},
    "sparse": {"sparse": True},
    "ttl": {"expireAfterSeconds": 0},
    "text": {},
}
_OWN_INDEX = "_id_"


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexUse:
    """An index as the database has it: its size, and how often it was used since when."""

    collection: str
    name: str
    size_bytes: int
    uses: int
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexStats:
    """All indexes of the tables' collections, and where these differ from the tables.

    `missing` and `extra` name indexes as `collection.name`.
    """

    indexes: list[IndexUse]
    missing: list[str]
    extra: list[str]


def create_indexes(db: Db) -> None:
    """Create what the tables list. Safe to repeat: an index that is there costs nothing.

    Raises:
        OperationFailure: a collection has an index of that name with other options, or documents
            that a unique one forbids.
    """
    for collection, lines in _tables():
        db[collection].create_indexes([index_of(line) for line in lines])


def get_index_stats(db: Db) -> IndexStats:
    """Size and use of each index, and what the database lacks or has beyond the tables.

    Uses count since the start of the `mongod` that answers, and on that member only.
    """
    present = set(db.list_collection_names())
    found = [use for name, _ in _tables() if name in present for use in _uses(db, name)]
    wanted = {
        f"{collection}.{index_of(line).document['name']}"
        for collection, lines in _tables()
        for line in lines
    }
    there = {f"{use.collection}.{use.name}" for use in found if use.name != _OWN_INDEX}
    return IndexStats(indexes=found, missing=sorted(wanted - there), extra=sorted(there - wanted))


def index_of(line: str) -> IndexModel:
    """The index that a line of the tables describes."""
    first, _, rest = line.partition(" ")
    kind, fields = (first, rest) if first in _KINDS else ("", line)
    keys = [_key(field.strip(), kind) for field in fields.split(",")]
    return IndexModel(keys, **_KINDS.get(kind, {}))


def _key(field: str, kind: str) -> tuple[str, int | str]:
    if kind == "text":
        return field, TEXT
    return field.removesuffix("↓"), DESCENDING if field.endswith("↓") else ASCENDING


def _tables() -> Iterator[tuple[str, tuple[str, ...]]]:
    """Each collection once, with all its lines."""
    for collection, lines in {**EXPECTED, **FURTHER}.items():
        yield collection, lines + BEYOND.get(collection, ())


def _uses(db: Db, collection: str) -> Iterator[IndexUse]:
    storage = db[collection].aggregate([{"$collStats": {"storageStats": {}}}]).next()
    sizes = storage["storageStats"]["indexSizes"]
    for index in db[collection].aggregate([{"$indexStats": {}}]):
        yield IndexUse(
            collection=collection,
            name=index["name"],
            size_bytes=sizes.get(index["name"], 0),
            uses=index["accesses"]["ops"],
            since=index["accesses"]["since"],
        )
