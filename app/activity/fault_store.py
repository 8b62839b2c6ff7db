"""The queries of `error_logs`: one document a kind of fault, its `_id` the fingerprint."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from pymongo import ReturnDocument, UpdateOne
from pymongo.collection import Collection

from app.activity.fault import Fault, KeptFault
from app.db.client import LIVENESS, Db, Document
from app.errors import ErrorUnknown


class FaultStore:
    """Faults by severity, kind, place and state."""

    def __init__(self, db: Db) -> None:
        self._faults: Collection[Document] = db.error_logs
        self._unjournaled = self._faults.with_options(write_concern=LIVENESS)

    def add(self, faults: Iterable[tuple[Fault, int]], at: datetime) -> None:
        """Count faults, in one round trip; a resolved one that comes again is open again."""
        writes = [_seen(fault, times, at) for fault, times in faults]
        self._unjournaled.bulk_write(writes, ordered=False)

    def newest(
        self, where: Mapping[str, Any], *, end: datetime | None, skip: int, limit: int
    ) -> list[KeptFault]:
        """Faults with these fields, seen last up to and with `end`, the last seen first."""
        query: Document = {"resolved": {"$in": [False, True]}} | dict(where)
        if end is not None:
            query["timestamp"] = {"$lte": end}
        found = self._faults.find(query).sort("timestamp", -1).skip(skip).limit(limit)
        return [_kept(fault) for fault in found]

    def resolve(self, error_id: str, *, note: str, by: str, at: datetime) -> KeptFault:
        """Mark a fault as taken care of. Raises ErrorUnknown."""
        done = {"resolved": True, "note": note, "resolved_by": by, "resolved_at": at}
        found = self._faults.find_one_and_update(
            {"_id": error_id}, {"$set": done}, return_document=ReturnDocument.AFTER
        )
        if found is None:
            raise ErrorUnknown(error_id)
        return _kept(found)

    def remove_before(self, moment: datetime, limit: int) -> int:
        """Remove at most so many faults that were not seen since; how many those were."""
        old = {"resolved": {"$in": [False, True]}, "timestamp": {"$lt": moment}}
        found = self._faults.find(old, {"_id": 1}).limit(limit)
        ids = [fault["_id"] for fault in found]
        still_old = {"_id": {"$in": ids}, "timestamp": {"$lt": moment}}
        return self._faults.delete_many(still_old).deleted_count if ids else 0


def _seen(fault: Fault, times: int, at: datetime) -> UpdateOne:
    return UpdateOne(
        {"_id": fault.fingerprint},
        {
            "$setOnInsert": {
                "severity": fault.severity,
                "error_type": fault.error_type,
                "endpoint": fault.endpoint,
                "message": fault.message,
                "first_seen": at,
            },
            "$set": {
                "timestamp": at,
                "resolved": False,
                "request_id": fault.request_id,
                "username": fault.username,
            },
            "$inc": {"count": times},
        },
        upsert=True,
    )


def _kept(doc: Document) -> KeptFault:
    fields = {name: doc.get(name) for name in KeptFault.__slots__ if name != "error_id"}
    return KeptFault(error_id=doc["_id"], **fields)  # type: ignore[arg-type]
