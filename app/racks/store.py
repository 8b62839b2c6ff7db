"""Racks as they are: what is read of `rack_registry`, and what a supervisor notes on it.

Who holds a rack changes in `lease_store` alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from uuid import uuid4

from pymongo.client_session import ClientSession
from pymongo.collection import Collection

from app.auth.identity import Holder, named
from app.db.client import Db, Document
from app.db.questions import Question, among
from app.errors import RackUnknown
from app.racks.documents import ASSIGNED_FIELDS, not_kept_from, rack_from
from app.racks.rack import Rack, RackStatus
from app.together import lookup


class RackStore:
    """The racks of the floor plan."""

    def __init__(self, db: Db) -> None:
        self._racks: Collection[Document] = db.rack_registry
        self._find_racks = lookup(self._racks_of)

    def rack(self, rack_id: str, s: ClientSession | None = None) -> Rack:
        """One rack. Raises RackUnknown."""
        if s is None:
            rack = self._find_racks([rack_id]).get(rack_id)
        else:
            found = self._racks.find_one({"rack_id": rack_id}, session=s)
            rack = rack_from(found) if found else None
        if rack is None:
            raise RackUnknown(rack_id)
        return rack

    def racks(
        self, *, floor: str | None = None, after: str = "", limit: int = 10_000
    ) -> list[Rack]:
        """Racks by id, those after `after`."""
        where: Document = {"rack_id": {"$gt": after}}
        if floor is not None:
            where |= {"status": {"$in": list(RackStatus)}, "floor": floor}
        return [rack_from(r) for r in self._racks.find(where).sort("rack_id", 1).limit(limit)]

    def racks_by_id(self, rack_ids: Iterable[str]) -> dict[str, Rack]:
        """Those of the racks that exist."""
        return self._find_racks(list(rack_ids))

    def ask_by_id(self, rack_ids: Iterable[str]) -> Question[dict[str, Rack]]:
        """Those of the racks that exist, as a question to be asked beside others."""
        return among(self._racks, "rack_id", rack_ids, _by_id)

    def available(self, *, floor: str | None, user_id: str) -> list[Rack]:
        """Racks that this user may claim: free, assigned to nobody else, and no recount of what
        they counted.
        """
        where: Document = {
            "status": RackStatus.AVAILABLE,
            "counted_by": {"$ne": user_id},
            **not_kept_from(user_id),
        }
        if floor is not None:
            where["floor"] = floor
        return [rack_from(r) for r in self._racks.find(where).sort("rack_id", 1)]

    def held_by(self, user_id: str) -> list[Rack]:
        """The racks a user holds."""
        where = {"claimed_by": user_id, "status": {"$in": [RackStatus.ACTIVE, RackStatus.PAUSED]}}
        return [rack_from(r) for r in self._racks.find(where).sort("rack_id", 1)]

    def offered_to(self, user_id: str) -> list[Rack]:
        """The racks that their holders offer to a user."""
        where = {
            "status": {"$in": [RackStatus.ACTIVE, RackStatus.PAUSED]},
            "offered_to": user_id,
        }
        return [rack_from(r) for r in self._racks.find(where).sort("rack_id", 1)]

    def floors(self) -> list[Document]:
        """How many racks each floor has in each state, from the index `status, floor` alone."""
        states = {
            s.value: {"$sum": {"$cond": [{"$eq": ["$status", s.value]}, 1, 0]}} for s in RackStatus
        }
        steps: list[Document] = [
            {"$match": {"status": {"$in": list(RackStatus)}}},
            {"$project": {"_id": 0, "status": 1, "floor": 1}},
            {"$group": {"_id": "$floor", "racks": {"$sum": 1}, **states}},
            {"$sort": {"_id": 1}},
        ]
        return [{"floor": f.pop("_id"), **f} for f in self._racks.aggregate(steps)]

    def assign(self, racks: Sequence[Rack], to: Holder | None) -> dict[str, Rack]:
        """Keep free racks for somebody, or racks for nobody any more; those it was done to, by id,
        as they are now.
        """
        where: Document = {"rack_id": {"$in": [rack.rack_id for rack in racks]}}
        change: Document = {"$unset": ASSIGNED_FIELDS}
        mine: Document = {"assigned_to": None}
        if to is not None:
            where |= {"status": RackStatus.AVAILABLE, "counted_by": {"$ne": to.user_id}}
            change = {"$set": {"assigned_to": named(to)}}
            mine = {"assigned_to.user_id": to.user_id}
        self._racks.update_many(where, change)
        found = self._racks.find({"rack_id": where["rack_id"], **mine})
        return {r["rack_id"]: rack_from(r) for r in found}

    def mark_due(self, rack_ids: Sequence[str], s: ClientSession | None = None) -> None:
        """Note that these racks' count lines are behind their records."""
        mark = {"$set": {"lines_due": uuid4().hex}}
        self._racks.update_many({"rack_id": {"$in": list(rack_ids)}}, mark, session=s)

    def _racks_of(self, rack_ids: Sequence[str]) -> dict[str, Rack]:
        found = self._racks.find({"rack_id": {"$in": rack_ids}}, batch_size=len(rack_ids) + 1)
        return _by_id(found)


def _by_id(found: Iterable[Document]) -> dict[str, Rack]:
    return {rack["rack_id"]: rack_from(rack) for rack in found}
