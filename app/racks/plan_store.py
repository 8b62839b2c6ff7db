"""The racks of the floor plan as places: the writes of `rack_registry` that no lease makes.

Two racks never stand in one place. Whoever puts racks on a floor first writes that floor's turn in
the same transaction, so of two who want one place the second starts over and sees the first.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pymongo import UpdateOne
from pymongo.client_session import ClientSession
from pymongo.collection import Collection

from app.db.client import Db, Document, in_one_act, update_all
from app.errors import IllegalMove, PlaceTaken, RackCounted, RackExists, RackUnknown
from app.racks.documents import rack_from
from app.racks.rack import Rack, RackStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a rack stands."""

    warehouse: str
    floor: str
    row: int
    column: int


class PlanStore:
    """Adds, moves and removes racks."""

    def __init__(self, db: Db) -> None:
        self._client = db.client
        self._racks: Collection[Document] = db.rack_registry
        self._turns: Collection[Document] = db.claim_turns

    def add(self, racks: Sequence[Document]) -> None:
        """Put racks on the floor plan, all or none. Raises RackExists, PlaceTaken."""
        places = {doc["rack_id"]: _place(doc) for doc in racks}
        if len(places) < len(racks):
            twice = Counter(doc["rack_id"] for doc in racks).most_common(1)
            raise RackExists(twice[0][0])

        def act(s: ClientSession) -> None:
            there = self._racks.find_one({"rack_id": {"$in": list(places)}}, session=s)
            if there is not None:
                raise RackExists(there["rack_id"])
            self._take_places(places, s)
            self._racks.insert_many([dict(doc) for doc in racks], session=s)

        in_one_act(self._client, act)

    def change(self, rack_id: str, changes: Mapping[str, Any]) -> tuple[Rack, Rack]:
        """Change a rack's floor, zone, row or column; it as it was and as it is.

        Raises:
            RackUnknown, PlaceTaken.
            IllegalMove: it would leave its floor while somebody counts it.
        """

        def act(s: ClientSession) -> tuple[Rack, Rack]:
            before = self._racks.find_one({"rack_id": rack_id}, session=s)
            if before is None:
                raise RackUnknown(rack_id)
            after = {**before, **changes}
            if after["floor"] != before["floor"] and before.get("session_id"):
                raise IllegalMove(rack_id, move="another floor", state=before["status"])
            if _place(after) != _place(before):
                self._take_places({rack_id: _place(after)}, s)
            self._racks.update_one({"rack_id": rack_id}, {"$set": dict(changes)}, session=s)
            return rack_from(before), rack_from(after)

        return in_one_act(self._client, act)

    def remove(self, rack_id: str) -> Rack:
        """Take a rack that nobody ever claimed off the plan. Raises RackUnknown, RackCounted."""
        gone = self._racks.find_one_and_delete({"rack_id": rack_id, "fence": 0})
        if gone is not None:
            return rack_from(gone)
        if self._racks.find_one({"rack_id": rack_id}, {"_id": 1}) is None:
            raise RackUnknown(rack_id)
        raise RackCounted(rack_id)

    def load(self, racks: Sequence[Document]) -> int:
        """Add those racks that are not there yet; how many these were."""
        if not racks:
            return 0
        writes = [
            UpdateOne({"rack_id": r["rack_id"]}, {"$setOnInsert": r}, upsert=True) for r in racks
        ]
        return self._racks.bulk_write(writes, ordered=False).upserted_count

    def expect(self, items_by_rack: Mapping[str, int]) -> None:
        """Note how many items of the catalogue stand in each rack."""
        writes = [
            UpdateOne({"rack_id": rack}, {"$set": {"expected_items": count}})
            for rack, count in items_by_rack.items()
        ]
        update_all(self._racks, writes)

    def _take_places(self, wanted: Mapping[str, Place], s: ClientSession) -> None:
        """Let nobody else stand there, nor two of these in one place. Raises PlaceTaken."""
        for floor in sorted({(place.warehouse, place.floor) for place in wanted.values()}):
            turn = {"_id": f"places of {'/'.join(floor)}"}
            self._turns.update_one(turn, {"$inc": {"turn": 1}}, upsert=True, session=s)
        taken = self._standing_on({place.floor for place in wanted.values()}, wanted, s)
        for rack_id, place in wanted.items():
            if place in taken:
                raise PlaceTaken(rack_id, row=place.row, column=place.column, by=taken[place])
            taken[place] = rack_id

    def _standing_on(
        self, floors: Iterable[str], but: Iterable[str], s: ClientSession
    ) -> dict[Place, str]:
        where = {
            "status": {"$in": list(RackStatus)},
            "floor": {"$in": list(floors)},
            "rack_id": {"$nin": list(but)},
        }
        return {_place(doc): doc["rack_id"] for doc in self._racks.find(where, session=s)}


def _place(doc: Mapping[str, Any]) -> Place:
    return Place(**{name: doc[name] for name in Place.__slots__})
