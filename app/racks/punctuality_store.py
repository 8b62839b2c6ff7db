"""The queries of `lease_ends`: how late leases were told to have ended, an hour a document.

Every process adds to the hour, so that the worst of all of them is known; what is older than a day
goes by itself. Losing an hour loses a figure, no lease.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from pymongo.collection import Collection

from app.db.client import LIVENESS, Db, Document
from app.racks.punctuality import Punctuality

KEPT = timedelta(days=1)
GRACE = timedelta(seconds=2)
MOST = 1_000


class PunctualityStore:
    """Notes the delays, and says the worst of the last day."""

    def __init__(self, db: Db) -> None:
        self._ends: Collection[Document] = db.lease_ends.with_options(write_concern=LIVENESS)
        self._racks: Collection[Document] = db.rack_registry

    def note(self, delays_s: Sequence[float], at: datetime) -> None:
        """So long after their ends these leases were told to have ended."""
        hour = at.replace(minute=0, second=0, microsecond=0)
        change = {
            "$max": {"worst_s": max(delays_s)},
            "$inc": {"ended": len(delays_s)},
            "$setOnInsert": {"until": hour + KEPT},
        }
        self._ends.update_one({"_id": hour}, change, upsert=True)

    def lately(self, now: datetime) -> Punctuality:
        """The last day, and the racks that are taken by a lease that ended a while ago."""
        hours = list(self._ends.find({"_id": {"$gt": now - KEPT}}))
        due = {"lock_expires_at": {"$lt": now - GRACE}}
        return Punctuality(
            ended=sum(hour["ended"] for hour in hours),
            worst_s=max((hour["worst_s"] for hour in hours), default=0.0),
            overdue=self._racks.count_documents(due, limit=MOST),
        )
