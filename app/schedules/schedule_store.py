"""The queries of `report_schedules`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from pymongo.collection import Collection

from app.db.client import Db, Document
from app.errors import ScheduleUnknown
from app.schedules.schedule import Every, Keeping, Receivers, Rhythm, Schedule


class ScheduleStore:
    """Schedules by id, as a list, and those that are due."""

    def __init__(self, db: Db) -> None:
        self._schedules: Collection[Document] = db.report_schedules

    def add(self, schedule: Schedule) -> None:
        self._schedules.insert_one(_document(schedule))

    def count(self) -> int:
        return self._schedules.estimated_document_count()

    def get(self, schedule_id: str) -> Schedule:
        """One schedule. Raises ScheduleUnknown."""
        found = self._schedules.find_one({"schedule_id": schedule_id})
        if found is None:
            raise ScheduleUnknown(schedule_id)
        return _schedule(found)

    def newest(self, limit: int) -> list[Schedule]:
        """The newest first."""
        order = [("created_at", -1), ("schedule_id", -1)]
        return [_schedule(doc) for doc in self._schedules.find().sort(order).limit(limit)]

    def due(self, now: datetime, limit: int) -> list[Schedule]:
        """Those whose time has come, the longest waiting first."""
        where = {"is_paused": False, "next_at": {"$lte": now}}
        found = self._schedules.find(where).sort("next_at", 1).limit(limit)
        return [_schedule(doc) for doc in found]

    def advance(self, schedule: Schedule, *, job_id: str, next_at: datetime) -> bool:
        """Note that its due time was taken; False: somebody else did, or it is paused or gone."""
        where = {
            "schedule_id": schedule.schedule_id,
            "next_at": schedule.next_at,
            "is_paused": False,
        }
        news = {"next_at": next_at, "last_at": schedule.next_at, "last_job_id": job_id}
        return self._schedules.update_one(where, {"$set": news}).modified_count == 1

    def change(self, schedule_id: str, **facts: Any) -> None:
        """Set facts. Raises ScheduleUnknown."""
        found = self._schedules.update_one({"schedule_id": schedule_id}, {"$set": facts})
        if not found.matched_count:
            raise ScheduleUnknown(schedule_id)

    def remove(self, schedule_id: str) -> None:
        self._schedules.delete_one({"schedule_id": schedule_id})


def _document(schedule: Schedule) -> Document:
    plain: dict[str, Any] = asdict(schedule)
    plain["rhythm"]["every"] = schedule.rhythm.every.value
    plain["receivers"]["mail"] = list(schedule.receivers.mail)
    return {**plain, "tags": list(schedule.tags)}


def _schedule(doc: Mapping[str, Any]) -> Schedule:
    kept = {name: doc[name] for name in Schedule.__slots__ if name in doc}
    rhythm, receivers = doc["rhythm"], doc["receivers"]
    return Schedule(
        **{
            **kept,
            "tags": tuple(doc["tags"]),
            "rhythm": Rhythm(**{**rhythm, "every": Every(rhythm["every"])}),
            "keeping": Keeping(**doc["keeping"]),
            "receivers": Receivers(**{**receivers, "mail": tuple(receivers["mail"])}),
        }
    )
