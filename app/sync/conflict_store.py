"""The queries of `sync_conflicts`: parked records with their whole payload, kept for ever."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime

from pymongo import ReturnDocument, UpdateOne
from pymongo.client_session import ClientSession
from pymongo.collection import Collection
from pymongo.read_concern import ReadConcern

from app.db.client import Db, Document, in_one_act
from app.db.questions import Question, among
from app.errors import ConflictUnknown
from app.sync.conflict import AGES, OLDER, OPEN, RESOLVED, Conflict, DeskQuery, OpenGroup
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
        if not ids:
            return {}
        where = {"conflict_id": {"$in": ids}}
        found = self._safe_conflicts.find(where, batch_size=len(ids) + 1)
        return {c["conflict_id"]: _verdict(c) for c in found}

    def ask_contested(self, session_ids: Iterable[str]) -> Question[set[str]]:
        """Those of the sessions of which a count was parked, as another had its serial number: one
        key of an index for each, however many they are.
        """
        of_serials = {"$match": {"conflict_type": ConflictType.DUPLICATE_SERIAL}}
        once = {"$group": {"_id": "$session_id"}}
        return among(self._conflicts, "session_id", session_ids, _names, of_serials, once)

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

    def with_serial(self, serial: str, limit: int) -> list[Document]:
        """Conflicts whose record wants this serial number, the latest."""
        found = self._conflicts.find({"payload.serial_numbers": serial}, {"_id": 0})
        return list(found.sort("created_at", -1).limit(limit))

    def page(self, query: DeskQuery, *, own: Mapping[str, str], now: datetime) -> list[Conflict]:
        """A page of conflicts in the order of their age, straight from an index: the statuses are
        always named, as every index has them before the time.
        """
        where: Document = {"status": {"$in": [OPEN, RESOLVED]}, **query.where, **own}
        if query.older_than:
            where["created_at"] = {"$lte": now - query.older_than}
        if query.after is not None:
            where = {"$and": [where, *_beyond(*query.after, forward=query.oldest_first)]}
        turn = 1 if query.oldest_first else -1
        order = [("created_at", turn), ("conflict_id", turn)]
        return [_conflict(c) for c in self._conflicts.find(where).sort(order).limit(query.limit)]

    def of_record(self, record_id: str, *, but: str, latest: int) -> list[Conflict]:
        """Other conflicts of a record, the newest first."""
        where = {"client_record_id": record_id, "conflict_id": {"$ne": but}}
        found = self._conflicts.find(where).sort("created_at", -1).limit(latest)
        return [_conflict(c) for c in found]

    def open_by_rack(self) -> dict[str, int]:
        """How many open conflicts each rack has."""
        return self._count({"status": OPEN}, "$rack_id")

    def open_of_session(self, session_id: str, user_id: str) -> int:
        where = {"user_id": user_id, "status": OPEN, "session_id": session_id}
        return self._conflicts.count_documents(where)

    def open_by_session(self, session_ids: Iterable[str]) -> Mapping[str, int]:
        """How many open conflicts each of these sessions has."""
        return self._count(
            {"status": OPEN, "session_id": {"$in": list(session_ids)}}, "$session_id"
        )

    def count_by_status(self, own: Mapping[str, str]) -> dict[str, int]:
        return self._count({"status": {"$in": [OPEN, RESOLVED]}, **own}, "$status")

    def open_groups(self, own: Mapping[str, str], now: datetime) -> list[OpenGroup]:
        """The open conflicts, counted by type, floor and class of age."""
        ages = [
            {"case": {"$gte": ["$created_at", now - oldest]}, "then": age}
            for age, oldest in AGES.items()
        ]
        key = {
            "conflict_type": "$conflict_type",
            "floor": "$floor",
            "age": {"$switch": {"branches": ages, "default": OLDER}},
        }
        sums = {"n": {"$sum": 1}, "oldest_at": {"$min": "$created_at"}}
        steps: list[Document] = [
            {"$match": {"status": OPEN, **own}},
            {"$group": {"_id": key, **sums}},
        ]
        return [OpenGroup(**g.pop("_id"), **g) for g in self._conflicts.aggregate(steps)]

    def settle(
        self, conflict_id: str, decision: Document, act: Callable[[ClientSession], Document]
    ) -> Conflict | None:
        """Settle an open conflict and `act`, in one transaction; None if somebody was first.

        What `act` returns is kept beside the decision. It may run again where another write was in
        the way; only its last run counts.
        """

        def both(s: ClientSession) -> Conflict | None:
            mine = {"conflict_id": conflict_id}
            first = self._conflicts.update_one(
                {**mine, "status": OPEN}, {"$set": {"status": RESOLVED, **decision}}, session=s
            )
            if first.modified_count == 0:
                return None
            settled = self._conflicts.find_one_and_update(
                mine, {"$set": act(s)}, return_document=ReturnDocument.AFTER, session=s
            )
            return _conflict(settled) if settled else None

        return in_one_act(self._client, both)

    def _count(self, where: Document, by: str) -> dict[str, int]:
        groups = self._conflicts.aggregate(
            [{"$match": where}, {"$group": {"_id": by, "n": {"$sum": 1}}}]
        )
        return {group["_id"]: group["n"] for group in groups}


def _names(groups: Iterable[Document]) -> set[str]:
    return {group["_id"] for group in groups}


def _beyond(at: datetime, conflict_id: str, *, forward: bool) -> list[Document]:
    """What comes after a place in the order; the first part bounds the walk through the index."""
    after, upto = ("$gt", "$gte") if forward else ("$lt", "$lte")
    tie = {"created_at": at, "conflict_id": {after: conflict_id}}
    return [{"created_at": {upto: at}}, {"$or": [{"created_at": {after: at}}, tie]}]


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
