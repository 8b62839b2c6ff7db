"""The queries of racks and sessions that stocktakes ask: who is enrolled, what was counted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, fields
from typing import Any

import pymongo
from pymongo.client_session import ClientSession
from pymongo.collection import Collection

from app.db.client import Db, Document, in_one_act
from app.racks.documents import ASSIGNED_FIELDS, HELD_FIELDS, rack_from, session_from
from app.racks.rack import CountSession, Rack, RackStatus, SessionStatus

INTERRUPTED = (SessionStatus.EXPIRED, SessionStatus.RELEASED)
ENDED = (*INTERRUPTED, SessionStatus.COMPLETED)


@dataclass(frozen=True, slots=True, kw_only=True)
class DueRack:
    """A rack whose count lines are behind its records; `mark` names this time that it was."""

    rack_id: str
    stocktake_id: str | None
    mark: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DueSession:
    """A session with counts that are no links yet; `custody_due` names this time that it was."""

    session_id: str
    rack_id: str
    fence: int
    custody_due: str
    stocktake_id: str | None = None


class EnrolmentStore:
    """Racks as members of a stocktake, and the sessions that counted them."""

    def __init__(self, db: Db) -> None:
        self._client = db.client
        self._racks: Collection[Document] = db.rack_registry
        self._sessions: Collection[Document] = db.verification_sessions

    def racks_on(self, warehouse: str, floors: Sequence[str] = ()) -> list[Rack]:
        """The warehouse's racks, of these floors or all."""
        where: Document = {"status": {"$in": list(RackStatus)}, "warehouse": warehouse}
        if floors:
            where["floor"] = {"$in": list(floors)}
        return [rack_from(r) for r in self._racks.find(where).sort("rack_id", 1)]

    def enrol(self, racks: Sequence[Rack], *, stocktake_id: str, blind: bool) -> bool:
        """Begin these racks anew in a stocktake, all or none; False where one changed meanwhile.

        The passes begin again, so the fence grows: a lease of the time before, though it only
        expired, is told from those that come, does not come back, and its counts are late.
        """
        fresh: Document = {
            "$set": {
                "stocktake_id": stocktake_id,
                "blind": blind,
                "status": RackStatus.AVAILABLE.value,
                "pass": 1,
                "recount": False,
                "recount_items": [],
                "counted_by": [],
            },
            "$unset": {**HELD_FIELDS, "last_session_id": "", "lines_due": ""},
        }
        after_others = {**fresh, "$inc": {"fence": 1}}
        writes = [
            pymongo.UpdateOne(
                {"rack_id": r.rack_id, "fence": r.fence, "status": r.status, "pass": r.pass_no},
                after_others if r.fence else fresh,
            )
            for r in racks
        ]

        def all_or_none(s: ClientSession) -> bool:
            if self._racks.bulk_write(writes, session=s).matched_count == len(racks):
                return True
            s.abort_transaction()
            return False

        return in_one_act(self._client, all_or_none)

    def dismiss(self, stocktake_id: str) -> None:
        """The stocktake is over: its racks belong to none, and wait as counted for the next."""
        over: Document = {
            "$set": {"status": RackStatus.COMPLETED.value, "recount": False},
            "$unset": {**HELD_FIELDS, **ASSIGNED_FIELDS, "stocktake_id": "", "lines_due": ""},
        }
        where = {"status": {"$in": list(RackStatus)}, "stocktake_id": stocktake_id}
        self._racks.update_many(where, over)

    # ── what is due ──────────────────────────────────────────────────────────────────────────────

    def due(self, limit: int) -> list[DueRack]:
        """Racks whose count lines are behind."""
        found = self._racks.find({"lines_due": {"$gt": ""}}).limit(limit)
        return [
            DueRack(rack_id=r["rack_id"], stocktake_id=r.get("stocktake_id"), mark=r["lines_due"])
            for r in found
        ]

    def done(self, due: DueRack) -> None:
        """The lines are made, unless the rack was marked again meanwhile."""
        where = {"rack_id": due.rack_id, "lines_due": due.mark}
        self._racks.update_one(where, {"$unset": {"lines_due": ""}})

    # ── who counted ──────────────────────────────────────────────────────────────────────────────

    def passes(self, stocktake_id: str, rack_id: str) -> list[CountSession]:
        """The sessions whose counts stand: completed, or taken in late. The oldest first."""
        stands: list[Mapping[str, Any]] = [
            {"status": SessionStatus.COMPLETED},
            {"late_pass": True},
        ]
        where = {"stocktake_id": stocktake_id, "rack_id": rack_id, "$or": stands}
        return [session_from(s) for s in self._sessions.find(where).sort("fence", 1)]

    # ── what is sealed ───────────────────────────────────────────────────────────────────────────

    def unsealed(self, limit: int) -> list[DueSession]:
        """Ended sessions that counted since their rack was sealed."""
        where = {"status": {"$in": list(ENDED)}, "custody_due": {"$gt": ""}}
        shown = dict.fromkeys((field.name for field in fields(DueSession)), 1) | {"_id": 0}
        return [DueSession(**doc) for doc in self._sessions.find(where, shown).limit(limit)]

    def sealed(
        self, due: DueSession, *, records: int, pieces: float, items: AbstractSet[str]
    ) -> None:
        """The session's rack is sealed, and its progress what its records say, unless more of it
        was counted meanwhile or its lease came back.
        """
        where = {
            "session_id": due.session_id,
            "custody_due": due.custody_due,
            "status": {"$in": list(ENDED)},
        }
        exact = {"records": records, "pieces": pieces, "counted_items": sorted(items)}
        self._sessions.update_one(where, {"$set": exact, "$unset": {"custody_due": ""}})

    def sessions_at(self, stocktake_id: str, rack_id: str) -> list[str]:
        """Every session that ever was at a rack in a stocktake."""
        where = {"stocktake_id": stocktake_id, "rack_id": rack_id}
        return [doc["session_id"] for doc in self._sessions.find(where, {"session_id": 1})]

    def racks_counted(self, stocktake_id: str) -> list[str]:
        """The racks that anybody claimed in a stocktake, by their ids."""
        steps: list[Document] = [
            {"$match": {"stocktake_id": stocktake_id}},
            {"$group": {"_id": "$rack_id"}},
            {"$sort": {"_id": 1}},
        ]
        return [doc["_id"] for doc in self._sessions.aggregate(steps)]

    # ── what was interrupted ─────────────────────────────────────────────────────────────────────

    def interrupted(self, stocktake_id: str, limit: int) -> list[CountSession]:
        """Sessions that ended before their rack was finished and hold counts, the newest first;
        none whose fence another session completed.
        """
        where: Document = {
            "stocktake_id": stocktake_id,
            "status": {"$in": list(INTERRUPTED)},
            "ended_reason": {"$ne": "taken over"},
            "late_pass": {"$ne": True},
        }
        found = self._sessions.find(where).sort("last_heartbeat", -1).limit(limit)
        return [session_from(s) for s in found]

    def take_in(self, session: CountSession) -> bool:
        """Let an interrupted session's counts stand as a pass; its counter may not take another."""
        where = {"session_id": session.session_id, "status": {"$in": list(INTERRUPTED)}}
        change = {"$set": {"late_pass": True}}
        if self._sessions.update_one(where, change).matched_count == 0:
            return False
        counted = {"$addToSet": {"counted_by": session.holder.user_id}}
        self._racks.update_one({"rack_id": session.rack_id}, counted)
        return True
