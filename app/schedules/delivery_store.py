"""The queries of `report_deliveries`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from pymongo import ReturnDocument
from pymongo.collection import Collection

from app.db.client import Db, Document
from app.errors import DeliveryUnknown
from app.schedules.delivery import Attempt, Channel, Delivery, Fate

KEPT = timedelta(days=90)


class DeliveryStore:
    """Deliveries by id, by their schedule, and those that are due."""

    def __init__(self, db: Db) -> None:
        self._deliveries: Collection[Document] = db.report_deliveries

    def add_once(self, delivery: Delivery) -> None:
        """Add it, unless one of that id is there."""
        fresh = {**_document(delivery), "expires_at": delivery.created_at + KEPT}
        self._deliveries.update_one(
            {"delivery_id": delivery.delivery_id}, {"$setOnInsert": fresh}, upsert=True
        )

    def get(self, delivery_id: str) -> Delivery:
        """One delivery. Raises DeliveryUnknown."""
        found = self._deliveries.find_one({"delivery_id": delivery_id})
        if found is None:
            raise DeliveryUnknown(delivery_id)
        return _delivery(found)

    def page(
        self, schedule_id: str, *, after: tuple[datetime, str] | None, limit: int
    ) -> list[Delivery]:
        """A schedule's, the newest first."""
        where: Document = {"schedule_id": schedule_id}
        if after is not None:
            at, delivery_id = after
            where["created_at"] = {"$lte": at}
            where["$or"] = [{"created_at": {"$lt": at}}, {"delivery_id": {"$lt": delivery_id}}]
        order = [("created_at", -1), ("delivery_id", -1)]
        return [_delivery(doc) for doc in self._deliveries.find(where).sort(order).limit(limit)]

    def due(self, now: datetime, limit: int) -> list[Delivery]:
        """Those whose next attempt has come, the longest waiting first."""
        where = {"fate": Fate.WAITING.value, "next_at": {"$lte": now}}
        found = self._deliveries.find(where).sort("next_at", 1).limit(limit)
        return [_delivery(doc) for doc in found]

    def claim(self, delivery: Delivery, until: datetime) -> Delivery | None:
        """Its next attempt as the caller's; None: somebody else has it. Where nothing is heard of
        the attempt `until` then, it is due again.
        """
        news = {"$set": {"next_at": until, "is_under_way": True}, "$inc": {"turn": 1}}
        return self._change(delivery, {"is_under_way": {"$ne": True}}, news)

    def try_again(self, delivery: Delivery, attempt: Attempt, at: datetime) -> None:
        """Note an attempt, unless it is not the caller's any more; the next one is due then."""
        self._note(delivery, attempt, {"next_at": at})

    def end(self, delivery: Delivery, attempt: Attempt, fate: Fate) -> bool:
        """Note the last attempt; False: it was not the caller's any more."""
        return self._note(delivery, attempt, {"fate": fate.value, "ended_at": attempt.at})

    def open_again(self, delivery_id: str, now: datetime) -> bool:
        """A failed one waits again; False: it has not failed."""
        where = {"delivery_id": delivery_id, "fate": Fate.FAILED.value}
        news = {"fate": Fate.WAITING.value, "next_at": now, "ended_at": None, "attempts": []}
        return self._deliveries.update_one(where, {"$set": news}).modified_count == 1

    def cancel(self, schedule_id: str, now: datetime) -> None:
        """End all of a schedule that wait."""
        where = {"schedule_id": schedule_id, "fate": Fate.WAITING.value}
        ended = {"fate": Fate.CANCELLED.value, "ended_at": now}
        self._deliveries.update_many(where, {"$set": ended})

    def _note(self, delivery: Delivery, attempt: Attempt, facts: Document) -> bool:
        news = {
            "$set": {**facts, "is_under_way": False},
            "$push": {"attempts": asdict(attempt)},
        }
        return self._change(delivery, {"is_under_way": {"$ne": False}}, news) is not None

    def _change(self, delivery: Delivery, also: Document, news: Document) -> Delivery | None:
        where = {
            "delivery_id": delivery.delivery_id,
            "fate": Fate.WAITING.value,
            "turn": delivery.turn,
            **also,
        }
        found = self._deliveries.find_one_and_update(
            where, news, return_document=ReturnDocument.AFTER
        )
        return None if found is None else _delivery(found)


def _document(delivery: Delivery) -> Document:
    plain: Document = {
        "channel": delivery.channel.value,
        "fate": delivery.fate.value,
        "attempts": [],
    }
    return {**asdict(delivery), **plain}


def _delivery(doc: Mapping[str, Any]) -> Delivery:
    kept = {name: doc[name] for name in Delivery.__slots__ if name in doc}
    return Delivery(
        **{
            **kept,
            "channel": Channel(doc["channel"]),
            "fate": Fate(doc["fate"]),
            "attempts": tuple(Attempt(**attempt) for attempt in doc["attempts"]),
        }
    )
