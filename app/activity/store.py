"""The queries of `activity_logs`. An entry has the id of its event: written twice, it stands once.

`moved_at` and `move_id` stand on entries that changed the rack map, and only there, for their own
index: a past map is read in the order of its events, without all the other entries.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from pymongo.collection import Collection

from app.activity.entry import Entry
from app.db.client import LIVENESS, Db, Document
from app.db.writes import insert_new


class ActivityStore:
    """Entries by whom, what, where and when."""

    def __init__(self, db: Db) -> None:
        self._entries: Collection[Document] = db.activity_logs
        self._unjournaled = self._entries.with_options(write_concern=LIVENESS)

    def add(self, entries: Iterable[Entry]) -> None:
        """Keep entries in one round trip; one that is kept already stays as it is."""
        if documents := [{"_id": entry.event_id, **_document(entry)} for entry in entries]:
            insert_new(self._unjournaled, documents)

    def newest(
        self,
        where: Mapping[str, str],
        *,
        start: datetime | None,
        end: datetime | None,
        skip: int,
        limit: int,
    ) -> list[Entry]:
        """Entries with these fields, from `start` and up to and with `end`, the newest first."""
        query: Document = dict(where)
        span = {"$gte": start, "$lte": end}
        if told := {op: moment for op, moment in span.items() if moment is not None}:
            query["timestamp"] = told
        found = self._entries.find(query).sort("timestamp", -1).skip(skip).limit(limit)
        return [_entry(e) for e in found]

    def moves(
        self,
        start: datetime,
        end: datetime,
        *,
        after: tuple[datetime, int] | None,
        limit: int,
    ) -> Sequence[Entry]:
        """What changed the rack map from `start` and before `end`, in the order of the events,
        behind a (time, event id) place.
        """
        query: Document = {"moved_at": {"$gte": start, "$lt": end}}
        if after is not None:
            at, event_id = after
            query["moved_at"]["$gte"] = max(at, start)
            query["$or"] = [{"moved_at": {"$gt": at}}, {"move_id": {"$gt": event_id}}]
        order = [("moved_at", 1), ("move_id", 1)]
        return [_entry(e) for e in self._entries.find(query).sort(order).limit(limit)]

    def remove_before(self, moment: datetime, limit: int) -> int:
        """Remove at most so many of the oldest entries before a moment; how many those were."""
        old = {"timestamp": {"$lt": moment}}
        found = self._entries.find(old, {"_id": 1}).sort("timestamp", 1).limit(limit)
        ids = [entry["_id"] for entry in found]
        return self._entries.delete_many({"_id": {"$in": ids}}).deleted_count if ids else 0


def _document(entry: Entry) -> Document:
    fields: dict[str, Any] = {
        name: getattr(entry, name) for name in Entry.__slots__ if name != "event_id"
    }
    if entry.is_move:
        fields |= {"moved_at": entry.timestamp, "move_id": entry.event_id}
    return fields


def _entry(doc: Document) -> Entry:
    fields = {name: doc.get(name) for name in Entry.__slots__ if name != "event_id"}
    return Entry(event_id=doc["_id"], **fields)  # type: ignore[arg-type]
