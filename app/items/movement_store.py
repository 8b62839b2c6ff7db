"""The documents of `item_movements`: each movement once, for ever."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from pymongo.client_session import ClientSession

from app.db.client import Db, Document
from app.items.movement import Kept, Movement

Place = tuple[datetime, str]
"""Where a page of movements ended: time and id."""

NEWEST_FIRST = [("at", -1), ("movement_id", -1)]


class MovementStore:
    """Movements by id, by item and by time."""

    def __init__(self, db: Db) -> None:
        self._movements = db["item_movements"]

    def known(self, ids: Collection[str], session: ClientSession) -> dict[str, Kept]:
        """Those of these ids that are kept."""
        where = {"movement_id": {"$in": list(ids)}}
        found = self._movements.find(where, batch_size=len(ids) + 1, session=session)
        return {doc["movement_id"]: _kept(doc) for doc in found}

    def keep(self, new: Iterable[Kept], session: ClientSession) -> None:
        """Keep new movements; the unique index refuses an id that came meanwhile."""
        self._movements.insert_many([_document(one) for one in new], session=session)

    def after(
        self, codes: Collection[str], moment: datetime, session: ClientSession | None = None
    ) -> list[Movement]:
        """What moved of these items after a moment, in the order of time; one query."""
        where = {"item_code": {"$in": list(codes)}, "at": {"$gt": moment}}
        order = [("at", 1), ("movement_id", 1)]
        found = self._movements.find(where, {"_id": 0}, sort=order, session=session)
        return [_kept(doc).movement for doc in found]

    def not_added_since(
        self, codes: Collection[str], received: datetime, session: ClientSession
    ) -> list[Movement]:
        """What came for these items since then that their figures covered already."""
        found = self._movements.find(
            {"item_code": {"$in": list(codes)}, "in_book": True, "received_at": {"$gte": received}},
            {"_id": 0},
            session=session,
        )
        return [_kept(doc).movement for doc in found]

    def heard(self, codes: Collection[str], moment: datetime) -> list[Kept]:
        """What came of these items after a moment and was added to the book; one query."""
        where = {
            "item_code": {"$in": list(codes)},
            "received_at": {"$gt": moment},
            "in_book": False,
        }
        found = self._movements.find(where, {"_id": 0}, sort=[("at", 1), ("movement_id", 1)])
        return [_kept(doc) for doc in found]

    def page(
        self,
        item_code: str | None,
        *,
        since: datetime | None,
        before: Place | None,
        limit: int,
    ) -> list[Kept]:
        """Movements of one item or of all, the newest first, from a place on."""
        where: Document = {"item_code": item_code} if item_code else {}
        span: dict[str, Any] = {"$gte": since} if since else {}
        if before:
            span["$lte"] = before[0]
            where["$or"] = [{"at": {"$lt": before[0]}}, {"movement_id": {"$lt": before[1]}}]
        if span:
            where["at"] = span
        found = self._movements.find(where, {"_id": 0}, sort=NEWEST_FIRST, limit=limit)
        return [_kept(doc) for doc in found]


def _document(kept: Kept) -> Document:
    movement = {name: getattr(kept.movement, name) for name in Movement.__slots__}
    return {
        **{name: value for name, value in movement.items() if value is not None},
        "in_book": kept.in_book,
        "received_at": kept.received_at,
        "moved_by": kept.moved_by,
    }


def _kept(doc: Document) -> Kept:
    return Kept(
        movement=Movement(**{n: doc[n] for n in Movement.__slots__ if n in doc}),
        in_book=doc["in_book"],
        received_at=doc["received_at"],
        moved_by=doc["moved_by"],
    )
