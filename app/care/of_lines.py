"""Count lines of open stocktakes against the records that they are made of, rack by rack."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from uuid import uuid4

from pymongo.client_session import ClientSession

from app.care.finding import Finding
from app.care.of_records import COUNTED
from app.db.client import Db, Document, in_one_act
from app.stocktakes.line import FROZEN

PLACES = 6
Figures = Mapping[tuple[str, int], tuple[float, float]]
"""By item and fence: counted and damaged."""


def lines(db: Db) -> Iterator[Finding]:
    """Racks whose lines tell other figures than their records, and wait for no tally."""
    for stocktake in db.sessions.find({"status": "open"}, {"session_id": 1}):
        of_it = {"stocktake_id": stocktake["session_id"], "lines_due": {"$exists": False}}
        for rack in db.rack_registry.find(of_it, {"rack_id": 1, "stocktake_id": 1}):
            if item := _differs(db, rack, None):
                yield Finding(
                    code="line_behind_records",
                    text=f"the line of {item} in rack {rack['rack_id']} is not what was counted",
                    mending="has a server make the lines of the rack anew",
                    mend=partial(_make_anew, db, rack),
                )


def _make_anew(db: Db, rack: Document) -> bool:
    return _differs(db, rack, {"$set": {"lines_due": uuid4().hex}}) is not None


def _differs(db: Db, rack: Document, mend: Document | None) -> str | None:
    """An item whose line differs, at one moment; `mend` changes the rack in the same act."""

    def act(s: ClientSession) -> str | None:
        due = {"_id": rack["_id"], "lines_due": {"$exists": True}}
        if db.rack_registry.find_one(due, {"_id": 1}, session=s) is not None:
            return None
        frozen: set[str] = set()
        told = _told(db, rack, frozen, s)
        counted = _counted(db, rack, s)
        for item, fence in sorted(told.keys() | counted.keys()):
            if item not in frozen and told.get((item, fence)) != counted.get((item, fence)):
                if mend:
                    db.rack_registry.update_one({"_id": rack["_id"]}, mend, session=s)
                return item
        return None

    return in_one_act(db.client, act)


def _told(db: Db, rack: Document, frozen: set[str], s: ClientSession) -> Figures:
    """What the rack's lines say. Those that a person decided on stay as they are: `frozen`."""
    found: dict[tuple[str, int], tuple[float, float]] = {}
    of_rack = {"session_id": rack["stocktake_id"], "rack_id": rack["rack_id"]}
    for line in db.count_lines.find(of_rack, session=s):
        if line["status"] in {status.value for status in FROZEN}:
            frozen.add(line["item_code"])
        for each in line["passes"]:
            found[line["item_code"], each["fence"]] = _rounded(each)
    return found


def _counted(db: Db, rack: Document, s: ClientSession) -> Figures:
    """What the records of those sessions say whose counts stand."""
    stands = {
        "stocktake_id": rack["stocktake_id"],
        "rack_id": rack["rack_id"],
        "$or": [{"status": "completed"}, {"late_pass": True}],
    }
    fences = [one["fence"] for one in db.verification_sessions.find(stands, session=s)]
    if not fences:
        return {}
    group = {
        "_id": {"item": "$item_code", "fence": "$fence"},
        "counted": {"$sum": "$verified_qty"},
        "damaged": {"$sum": "$damage_qty"},
    }
    of_them = {"rack_id": rack["rack_id"], "fence": {"$in": fences}, **COUNTED}
    sums = db.verification_records.aggregate([{"$match": of_them}, {"$group": group}], session=s)
    return {(g["_id"]["item"], g["_id"]["fence"]): _rounded(g) for g in sums}


def _rounded(sums: Document) -> tuple[float, float]:
    """Sums of fractions differ by the order in which they were added."""
    return round(sums["counted"], PLACES), round(sums["damaged"], PLACES)
