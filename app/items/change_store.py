"""The numbers of changes: `item_changes` has the last change of each item, deleted ones too.

Every write of the catalogue allots its numbers in its own transaction, by one `$inc` of one
document. MongoDB lets only one open transaction write that document, so the transactions commit in
the order of their numbers: whoever sees number n sees all below it, and a client that goes on from
the last number it saw never misses one that "was still being written".
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import cast

from pymongo import ReplaceOne, ReturnDocument
from pymongo.client_session import ClientSession
from pymongo.read_concern import ReadConcern

from app.db.client import Db, Document
from app.items.changes import Change

COUNTER = "item_changes"


class ChangeStore:
    """Allots change numbers, and reads the changes in their order."""

    def __init__(self, db: Db) -> None:
        self._counters = db["counters"]
        self._changes = db["item_changes"]
        # A change number that a failover could take back must not reach a client's cursor.
        self._settled = self._changes.with_options(read_concern=ReadConcern("majority"))

    def after(self, seq: int, *, limit: int) -> list[Change]:
        """The changes with a number above `seq`, in order."""
        found = self._settled.find({"seq": {"$gt": seq}}).sort("seq", 1).limit(limit)
        return [
            Change(item_code=doc["_id"], seq=doc["seq"], deleted=doc["deleted"]) for doc in found
        ]

    def before(self, moment: datetime) -> int:
        """The number of the last change before the first one made at `moment` or later."""
        later = self._settled.find_one({"at": {"$gte": moment}}, sort=[("at", 1), ("seq", 1)])
        if later:
            return int(later["seq"]) - 1
        last = self._settled.find_one({}, sort=[("seq", -1)])
        return int(last["seq"]) if last else 0

    def number(
        self, codes: Sequence[str], at: datetime, session: ClientSession, *, deleted: bool
    ) -> None:
        """Give each code's change the next number. The first write of every transaction, so that
        two at once meet here and not after their work.
        """
        counter = self._counters.find_one_and_update(
            {"_id": COUNTER},
            {"$inc": {"value": len(codes)}},
            upsert=True,
            return_document=ReturnDocument.AFTER,
            session=session,
        )
        first = cast("Document", counter)["value"] - len(codes) + 1
        self._changes.bulk_write(
            [
                ReplaceOne({"_id": code}, {"seq": seq, "deleted": deleted, "at": at}, upsert=True)
                for seq, code in enumerate(codes, first)
            ],
            ordered=False,
            session=session,
        )
