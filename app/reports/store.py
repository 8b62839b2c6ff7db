"""The queries of `report_snapshots`: what was frozen, when and by whom; rows are the Reader's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from pymongo.collection import Collection

from app.db.client import Db, Document
from app.errors import SnapshotUnknown
from app.reports.columns import Column, ColumnType
from app.reports.snapshot import ColumnSum, Snapshot, SnapshotFilter, SnapshotType, Summary

_FILTERS = {
    "created_by": "created_by",
    "type": "snapshot_type",
    "tag": "tags",
    "query_hash": "query_hash",
}

_APART = frozenset({"type", "schedule_id", "keep_until"})


class ReportStore:
    """Snapshots by id and as a list."""

    def __init__(self, db: Db) -> None:
        self._snapshots: Collection[Document] = db.report_snapshots

    def add(self, snapshot: Snapshot) -> None:
        self._snapshots.insert_one(_document(snapshot))

    def get(self, snapshot_id: str) -> Snapshot:
        """One snapshot. Raises SnapshotUnknown."""
        found = self._snapshots.find_one({"snapshot_id": snapshot_id})
        if found is None:
            raise SnapshotUnknown(snapshot_id)
        return _snapshot(found)

    def page(self, wish: SnapshotFilter) -> list[Snapshot]:
        """Snapshots, the newest first."""
        where: Document = {_FILTERS[name]: value for name, value in wish.where.items()}
        if wish.after is not None:
            at, snapshot_id = wish.after
            where["created_at"] = {"$lte": at}
            where["$or"] = [{"created_at": {"$lt": at}}, {"snapshot_id": {"$lt": snapshot_id}}]
        order = [("created_at", -1), ("snapshot_id", -1)]
        return [_snapshot(s) for s in self._snapshots.find(where).sort(order).limit(wish.limit)]

    def unknown(self, snapshot_ids: Sequence[str]) -> set[str]:
        """Those of these ids that are no snapshot's."""
        found = self._snapshots.find(
            {"snapshot_id": {"$in": list(snapshot_ids)}}, {"snapshot_id": 1}
        )
        return set(snapshot_ids) - {each["snapshot_id"] for each in found}

    def link(self, earlier: str, later: str) -> None:
        """Say that a snapshot was taken anew."""
        self._snapshots.update_one({"snapshot_id": earlier}, {"$set": {"refreshed_as": later}})

    def beyond(self, schedule_id: str, copies: int) -> list[str]:
        """What a schedule made before its latest so many."""
        mine = self._snapshots.find({"schedule_id": schedule_id}, {"snapshot_id": 1})
        return [found["snapshot_id"] for found in mine.sort("created_at", -1).skip(copies)]

    def ended(self, now: datetime, limit: int) -> list[str]:
        """What stays no longer."""
        over = self._snapshots.find({"keep_until": {"$lt": now}}, {"snapshot_id": 1})
        return [found["snapshot_id"] for found in over.limit(limit)]

    def remove(self, snapshot_id: str) -> bool:
        """Remove it; whether it was there."""
        return self._snapshots.delete_one({"snapshot_id": snapshot_id}).deleted_count == 1


def columns_doc(columns: tuple[Column, ...]) -> list[Document]:
    """Columns as documents keep them."""
    return [{**asdict(column), "type": column.type.value} for column in columns]


def columns_from(docs: list[Document]) -> tuple[Column, ...]:
    """And back."""
    return tuple(Column(**{**doc, "type": ColumnType(doc["type"])}) for doc in docs)


def _document(snapshot: Snapshot) -> Document:
    fields = {name: getattr(snapshot, name) for name in Snapshot.__slots__ if name not in _APART}
    return {
        **fields,
        "snapshot_type": snapshot.type.value,
        "tags": list(snapshot.tags),
        "columns": columns_doc(snapshot.columns),
        "key": list(snapshot.key),
        "summary": asdict(snapshot.summary),
        **_of_schedule(snapshot),
    }


def _of_schedule(snapshot: Snapshot) -> Document:
    """Kept only where there is something: their indexes are sparse."""
    facts = {"schedule_id": snapshot.schedule_id, "keep_until": snapshot.keep_until}
    return {name: fact for name, fact in facts.items() if fact is not None}


def _snapshot(doc: Document) -> Snapshot:
    kept = {name: doc[name] for name in Snapshot.__slots__ if name in doc}
    summary = doc["summary"]
    sums = {name: ColumnSum(**each) for name, each in summary["sums"].items()}
    return Snapshot(
        **{
            **kept,
            "type": SnapshotType(doc["snapshot_type"]),
            "tags": tuple(doc["tags"]),
            "columns": columns_from(doc["columns"]),
            "key": tuple(doc["key"]),
            "summary": Summary(rows=summary["rows"], sums=sums),
        }
    )
