"""The queries of `sync_conflicts`: parked records with their whole payload, kept for ever."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime

import pymongo
from pymongo import ReturnDocument, UpdateOne
from pymongo.client_session import ClientSession
from pymongo.collection import Collection
from pymongo.read_concern import ReadConcern

from app.db.client import DURABLE, OPERATION_TIMEOUT_MS, Db, Document
from app.errors import ConflictUnknown
from app.sync.conflict import OPEN, RESOLVED, Conflict
from app.sync.records import ConflictType, Parked


class ConflictStore:
    """Conflicts by id, by record, and as a desk's queue."""

    def __init__(self, db: Db) -> None:
        self._client = db.client
        self._conflicts: Collection[Document] = db.sync_conflicts
        self._safe_conflicts = self._conflicts.with_options(read_concern=ReadConcern("majority"))

    def parked(self, conflict_ids: Iterable[str]) -> dict[str, Parked]:
        """Those of the conflicts that exist and are safe, as the verdicts they were."""
        ids = list(conflict_ids)
        where = {"conflict_id": {"$in": ids}}
        found = self._safe_conflicts.find(where, batch_size=len(ids) + 1)
        return {c["conflict_id"]: _verdict(c) for c in found}

    def keep(self, conflicts: Sequence[Conflict]) -> None:
        """Keep conflicts; one that is kept already stays as it is."""
        writes = [
            UpdateOne({"conflict_id": c.conflict_id}, {"$setOnInsert": _document(c)}, upsert=True)
            for c in conflicts
        ]
        if writes:
            self._conflicts.bulk_write(writes, ordered=False)

    def get(self, conflict_id: str) -> Conflict:
        """One conflict. Raises ConflictUnknown."""
        found = self._conflicts.find_one({"conflict_id": conflict_id})
        if found is None:
            raise ConflictUnknown(conflict_id)
        return _conflict(found)

    def desk(
        self, where: Mapping[str, str], *, before: tuple[datetime, str] | None, limit: int
    ) -> list[Conflict]:
        """Conflicts with these fields, the newest first, those after a (time, id) place."""
        query: Document = dict(where)
        if before is not None:
            at, conflict_id = before
            query["$or"] = [
                {"created_at": {"$lt": at}},
                {"created_at": at, "conflict_id": {"$lt": conflict_id}},
            ]
        order = [("created_at", -1), ("conflict_id", -1)]
        return [_conflict(c) for c in self._conflicts.find(query).sort(order).limit(limit)]

    def open_by_rack(self) -> dict[str, int]:
        """How many open conflicts each rack has."""
        return self._count({"status": OPEN}, "$rack_id")

    def open_of_session(self, session_id: str, user_id: str) -> int:
        where = {"user_id": user_id, "status": OPEN, "session_id": session_id}
        return self._conflicts.count_documents(where)

    def stats(self, where: Mapping[str, str]) -> dict[str, dict[str, int]]:
        """How many there are by status, and of the open ones by type."""
        return {
            "by_status": self._count({"status": {"$in": [OPEN, RESOLVED]}, **where}, "$status"),
            "open_by_type": self._count({**where, "status": OPEN}, "$conflict_type"),
        }

    def settle(
        self, conflict_id: str, decision: Document, act: Callable[[ClientSession], None]
    ) -> Conflict | None:
        """Settle an open conflict and `act`, in one transaction; None if somebody was first."""

        def both(s: ClientSession) -> Conflict | None:
            settled = self._conflicts.find_one_and_update(
                {"conflict_id": conflict_id, "status": OPEN},
                {"$set": {"status": RESOLVED, **decision}},
                return_document=ReturnDocument.AFTER,
                session=s,
            )
            if settled is None:
                return None
            act(s)
            return _conflict(settled)

        with pymongo.timeout(OPERATION_TIMEOUT_MS / 1000), self._client.start_session() as session:
            return session.with_transaction(
                both, read_concern=ReadConcern("snapshot"), write_concern=DURABLE
            )

    def _count(self, where: Document, by: str) -> dict[str, int]:
        groups = self._conflicts.aggregate(
            [{"$match": where}, {"$group": {"_id": by, "n": {"$sum": 1}}}]
        )
        return {group["_id"]: group["n"] for group in groups}


def _document(conflict: Conflict) -> Document:
    fields = {name: getattr(conflict, name) for name in Conflict.__slots__}
    return {name: value for name, value in fields.items() if value is not None}


def _conflict(doc: Document) -> Conflict:
    fields = {name: doc.get(name) for name in Conflict.__slots__}
    return Conflict(**{**fields, "conflict_type": ConflictType(doc["conflict_type"])})  # type: ignore[arg-type]


def _verdict(doc: Document) -> Parked:
    settled = {"status": doc["status"], "resolution": doc.get("resolution")}
    return Parked(
        ConflictType(doc["conflict_type"]),
        doc["message"],
        {**doc["details"], **settled} if doc["status"] == RESOLVED else doc["details"],
        doc["conflict_id"],
        already=True,
    )
