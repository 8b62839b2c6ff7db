"""The queries of `custody_seals`: the links of each rack's chain, some hundred a document.

Nothing here is ever changed or removed. The unique number of a seal in its chain decides between
two processes that seal one rack: the second finds its number taken, and does not count.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from pymongo.collection import Collection
from pymongo.errors import DuplicateKeyError
from pymongo.read_concern import ReadConcern

from app.custody.chain import Link, Taken, beginning
from app.db.client import Db, Document

LINKS_A_SEAL = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """Where a rack's chain ends: so many seals, so many links, the last hash."""

    stocktake_id: str
    rack_id: str
    seals: int
    links: int
    last: str

    @classmethod
    def new(cls, stocktake_id: str, rack_id: str) -> Chain:
        last = beginning(stocktake_id, rack_id)
        return cls(stocktake_id=stocktake_id, rack_id=rack_id, seals=0, links=0, last=last)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """How far a stocktake's chains reach."""

    links: int
    racks: int
    last_at: datetime | None


class SealStore:
    """Chains by stocktake and rack."""

    def __init__(self, db: Db) -> None:
        self._seals: Collection[Document] = db.custody_seals
        self._safe = self._seals.with_options(read_concern=ReadConcern("majority"))

    def links(self, stocktake_id: str, rack_id: str) -> Iterator[Link]:
        """The chain as it is kept, link by link."""
        where = {"stocktake_id": stocktake_id, "rack_id": rack_id}
        for seal in self._safe.find(where, batch_size=10).sort("number", 1):
            yield from map(_link, seal["links"])

    def newest(self) -> tuple[datetime, list[Link]] | None:
        """When links were last added, to any chain, and these links."""
        found = self._safe.find_one({}, sort=[("_id", -1)])
        return None if found is None else (found["sealed_at"], list(map(_link, found["links"])))

    def end(self, stocktake_id: str, rack_id: str) -> Chain:
        """Where the chain ends."""
        where = {"stocktake_id": stocktake_id, "rack_id": rack_id}
        shown = {"number": 1, "upto": 1, "last": 1}
        found = self._safe.find_one(where, shown, sort=[("number", -1)])
        if found is None:
            return Chain.new(stocktake_id, rack_id)
        return Chain(
            stocktake_id=stocktake_id,
            rack_id=rack_id,
            seals=found["number"],
            links=found["upto"],
            last=found["last"],
        )

    def add(self, chain: Chain, links: Sequence[Link], at: datetime) -> Chain | None:
        """Put links behind the chain's end; the new end, None where another process was first."""
        last = links[-1]
        seal = {
            "stocktake_id": chain.stocktake_id,
            "rack_id": chain.rack_id,
            "number": chain.seals + 1,
            "upto": last.number,
            "size": len(links),
            "last": last.hash,
            "sealed_at": at,
            "links": [each.as_json() for each in links],
        }
        try:
            self._seals.insert_one(seal)
        except DuplicateKeyError:
            return None
        return Chain(
            stocktake_id=chain.stocktake_id,
            rack_id=chain.rack_id,
            seals=chain.seals + 1,
            links=last.number,
            last=last.hash,
        )

    def reach(self, stocktake_id: str) -> Sealed:
        """How far the stocktake's chains reach; read from an index alone."""
        rack: Document = {"_id": "$rack_id", "n": {"$sum": "$size"}, "at": {"$max": "$sealed_at"}}
        all_racks: Document = {
            "_id": None,
            "links": {"$sum": "$n"},
            "racks": {"$sum": 1},
            "last_at": {"$max": "$at"},
        }
        steps: list[Document] = [
            {"$match": {"stocktake_id": stocktake_id}},
            {"$group": rack},
            {"$group": all_racks},
        ]
        found = next(iter(self._seals.aggregate(steps)), None)
        if found is None:
            return Sealed(links=0, racks=0, last_at=None)
        return Sealed(links=found["links"], racks=found["racks"], last_at=found["last_at"])


def _link(told: Document) -> Link:
    fields = {name: told[name] for name in Taken.__dataclass_fields__ if name != "pass_no"}
    taken = Taken(**fields, pass_no=told["pass"])
    return Link(number=told["number"], taken=taken, prev=told["prev"], hash=told["hash"])
