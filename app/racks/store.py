"""The queries of `rack_registry` and `verification_sessions`: a lease changes both in one act.

Each change is a transaction whose first write is conditional on the rack's fence and session: the
write decides who wins, not a look before it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar
from uuid import uuid4

from pymongo import ReturnDocument, UpdateOne
from pymongo.client_session import ClientSession
from pymongo.collection import Collection

from app.auth.identity import Holder, named
from app.db.client import LIVENESS, Db, Document, in_one_act
from app.errors import RackUnknown, SessionUnknown, TooManySessions
from app.racks.documents import (
    ASSIGNED_FIELDS,
    HELD_FIELDS,
    holding,
    new_session,
    rack_from,
    session_from,
)
from app.racks.rack import OPEN, CountSession, Lease, Queue, Rack, RackStatus, SessionStatus
from app.racks.rules import open_to
from app.together import joined, lookup

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenQueue:
    """An open session's rack, and what waits on its device: `age_s` is of the moment `at`."""

    rack_id: str
    length: int
    age_s: int
    at: datetime


class RackStore:
    """Racks and their counting sessions."""

    def __init__(self, db: Db) -> None:
        self._client = db.client
        self._racks: Collection[Document] = db.rack_registry
        self._sessions: Collection[Document] = db.verification_sessions
        self._turns: Collection[Document] = db.claim_turns
        self._live_racks = self._racks.with_options(write_concern=LIVENESS)
        self._live_sessions = self._sessions.with_options(write_concern=LIVENESS)
        self._find_racks = lookup(self._racks_of)
        self._find_sessions = lookup(self._sessions_of)
        self._update_live_racks = joined(partial(_update_all, self._live_racks))
        self._update_live_sessions = joined(partial(_update_all, self._live_sessions))

    # ── read ─────────────────────────────────────────────────────────────────────────────────────

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

    def available(self, *, floor: str | None, user_id: str) -> list[Rack]:
        """Racks that this user may claim: free, assigned to nobody else, and no recount of what
        they counted.
        """
        where: Document = {
            "status": RackStatus.AVAILABLE,
            "counted_by": {"$ne": user_id},
            **_open_to(user_id),
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

    def session(self, session_id: str) -> CountSession:
        """One session. Raises SessionUnknown."""
        found = self._find_sessions([session_id])
        if not found:
            raise SessionUnknown(session_id)
        return found[session_id]

    def sessions_by_id(self, session_ids: Iterable[str]) -> dict[str, CountSession]:
        """Those of the sessions that exist."""
        return self._find_sessions(list(session_ids))

    def open_sessions(self, user_id: str | None = None) -> list[CountSession]:
        """Open sessions, a user's or all, the latest heartbeat first."""
        where: Document = {"status": {"$in": list(OPEN)}}
        if user_id is not None:
            where["user_id"] = user_id
        return [session_from(s) for s in self._sessions.find(where).sort("last_heartbeat", -1)]

    def open_queues(self) -> list[OpenQueue]:
        """What waits on the device of each open session, as its last heartbeat said."""
        where = {"status": {"$in": list(OPEN)}}
        shown = dict.fromkeys(("rack_id", "queue_length", "queue_age_s", "last_heartbeat"), 1)
        return [
            OpenQueue(
                rack_id=doc["rack_id"],
                length=doc.get("queue_length") or 0,
                age_s=doc.get("queue_age_s") or 0,
                at=doc["last_heartbeat"],
            )
            for doc in self._sessions.find(where, shown)
        ]

    def sessions_of(
        self, user_id: str, *, before: datetime | None, limit: int
    ) -> list[CountSession]:
        """A user's sessions, the newest first."""
        where: Document = {"user_id": user_id}
        if before is not None:
            where["started_at"] = {"$lt": before}
        return [
            session_from(s) for s in self._sessions.find(where).sort("started_at", -1).limit(limit)
        ]

    # ── a lease's life ───────────────────────────────────────────────────────────────────────────

    def take(
        self, rack: Rack, lease: Lease, holder: Holder, *, now: datetime, max_open: int
    ) -> Rack | None:
        """Give a free rack to the holder under the lease's fence; None where another was first.

        Raises TooManySessions.
        """
        where = {
            "rack_id": rack.rack_id,
            "fence": rack.fence,
            "pass": rack.pass_no,
            "status": RackStatus.AVAILABLE,
            **_open_to(holder.user_id),
        }

        def act(s: ClientSession) -> Rack | None:
            taken = self._start(where, rack, lease, holder, now, s)
            return taken and self._within(max_open, taken, s)

        return self._in_one_act(act)

    def take_over(
        self, rack: Rack, lease: Lease, holder: Holder, *, now: datetime, max_open: int
    ) -> Rack | None:
        """Move a held rack to another holder: its session ends, the lease's starts.

        Raises TooManySessions.
        """
        where = {**_held(rack), "offered_to": rack.offered_to}

        def act(s: ClientSession) -> Rack | None:
            ended = _released(now, "taken over")
            self._sessions.update_one({"session_id": rack.session_id}, ended, session=s)
            taken = self._start(where, rack, lease, holder, now, s)
            return taken and self._within(max_open, taken, s)

        return self._in_one_act(act)

    def _within(self, max_open: int, taken: Rack, s: ClientSession) -> Rack:
        """The rack, unless its holder has too many now: then TooManySessions undoes it. One user's
        claims take turns on a document of their own, or two at once could both get the last place.
        """
        user_id = taken.holder and taken.holder.user_id
        self._turns.update_one({"_id": user_id}, {"$inc": {"turn": 1}}, upsert=True, session=s)
        mine = {"user_id": user_id, "status": {"$in": list(OPEN)}}
        if self._sessions.count_documents(mine, session=s, limit=max_open + 1) > max_open:
            raise TooManySessions(max_open)
        return taken

    def _start(
        self,
        where: Document,
        rack: Rack,
        lease: Lease,
        holder: Holder,
        now: datetime,
        s: ClientSession,
    ) -> Rack | None:
        ended = {} if open_to(rack, holder.user_id) else ASSIGNED_FIELDS
        change = {"$set": holding(lease, holder, now), "$unset": {"offered_to": "", **ended}}
        taken = self._racks.find_one_and_update(
            where, change, return_document=ReturnDocument.AFTER, session=s
        )
        if taken is None:
            return None
        self._sessions.insert_one(new_session(rack, lease, holder, now), session=s)
        return rack_from(taken)

    def touch(
        self, session: CountSession, *, now: datetime, ttl_s: int, queue: Queue | None = None
    ) -> bool:
        """Prolong the lease of a session that holds its rack; False where it does not."""
        held = {
            "rack_id": session.rack_id,
            "session_id": session.session_id,
            "fence": session.fence,
        }
        until = now + timedelta(seconds=ttl_s)
        change = {"$max": {"lock_expires_at": until, "last_heartbeat": now}}
        if self._live_racks.update_one(held, change).matched_count == 0:
            return False
        beat: Document = {"$max": {"last_heartbeat": now}}
        if queue is not None:
            beat["$set"] = {"queue_length": queue.length, "queue_age_s": queue.age_s}
        self._live_sessions.update_one({"session_id": session.session_id}, beat)
        return True

    def touch_all(self, sessions: Sequence[CountSession], *, now: datetime, ttl_s: int) -> None:
        """Prolong the leases of those sessions that still hold their racks, in one round trip."""
        until = now + timedelta(seconds=ttl_s)
        change = {"$max": {"lock_expires_at": until, "last_heartbeat": now}}
        held = [
            {"rack_id": s.rack_id, "session_id": s.session_id, "fence": s.fence} for s in sessions
        ]
        self._update_live_racks([UpdateOne(h, change) for h in held])

    def add_progress(
        self, changes: Sequence[tuple[str, int, float, Sequence[str]]], now: datetime | None
    ) -> None:
        """Add (session, records, pieces, item codes) to the sessions' progress. `now` where it is
        also a sign of their counters' life.
        """
        alive = {"$max": {"last_heartbeat": now, "last_count_at": now}} if now else {}
        writes = [
            UpdateOne(
                {"session_id": session_id},
                {
                    "$inc": {"records": records, "pieces": pieces},
                    "$addToSet": {"counted_items": {"$each": list(items)}},
                    "$set": {"custody_due": uuid4().hex},
                    **alive,
                },
            )
            for session_id, records, pieces, items in changes
        ]
        self._update_live_sessions(writes)

    def forget_items(self, gone: Mapping[str, Iterable[str]]) -> None:
        """Take item codes out of the sessions' progress."""
        writes = [
            UpdateOne({"session_id": s}, {"$pull": {"counted_items": {"$in": list(codes)}}})
            for s, codes in gone.items()
        ]
        self._live_sessions.bulk_write(writes, ordered=False)

    def revive(
        self, session: CountSession, *, now: datetime, ttl_s: int, max_open: int
    ) -> Rack | None:
        """Give an expired session its rack back under the same fence, if nobody took it since.

        Raises TooManySessions.
        """
        where = {
            "rack_id": session.rack_id,
            "fence": session.fence,
            "pass": session.pass_no,
            "status": RackStatus.AVAILABLE,
            **_open_to(session.holder.user_id),
        }
        lease = Lease(
            rack_id=session.rack_id,
            floor=session.floor,
            session_id=session.session_id,
            fence=session.fence,
            pass_no=session.pass_no,
            blind=session.blind,
            ttl_s=ttl_s,
            message="",
        )
        back = {
            "$set": {"status": SessionStatus.ACTIVE, "last_heartbeat": now},
            "$unset": {"ended_reason": ""},
        }
        expired = {"session_id": session.session_id, "status": SessionStatus.EXPIRED}
        held = {"$set": holding(lease, session.holder, now)}

        def act(s: ClientSession) -> Rack | None:
            revived = self._change(where, held, expired, back, s)
            return revived and self._within(max_open, revived, s)

        return self._in_one_act(act)

    def pause(self, rack: Rack) -> Rack | None:
        return self._set_both(rack, RackStatus.PAUSED, SessionStatus.PAUSED)

    def resume(self, rack: Rack) -> Rack | None:
        return self._set_both(rack, RackStatus.ACTIVE, SessionStatus.ACTIVE)

    def release(self, rack: Rack, *, now: datetime, reason: str) -> Rack | None:
        """Free the rack; its session is over."""
        freed = {"$set": {"status": RackStatus.AVAILABLE}, "$unset": HELD_FIELDS}
        return self._move(_held(rack), freed, _its_session(rack), _released(now, reason))

    def complete(
        self, rack: Rack, user_id: str, *, now: datetime, uncounted: Sequence[Mapping[str, str]]
    ) -> Rack | None:
        """The rack is counted by this user; what was said of uncounted items is kept."""
        done = {
            "$set": {
                "status": RackStatus.COMPLETED,
                "recount": False,
                "recount_items": [],
                "completed_at": now,
                "lines_due": uuid4().hex,
            },
            "$addToSet": {"counted_by": user_id},
            "$unset": HELD_FIELDS | ASSIGNED_FIELDS,
        }
        ended = {
            "status": SessionStatus.COMPLETED,
            "completed_at": now,
            "uncounted": list(uncounted),
        }
        return self._move(_held(rack), done, _its_session(rack), {"$set": ended})

    def recount(
        self,
        rack: Rack,
        *,
        now: datetime,
        reason: str,
        items: Sequence[str] = (),
        within: ClientSession | None = None,
    ) -> Rack | None:
        """Free the rack for its next pass, whatever its state was; not for who counts it now. The
        pass is of these items, of all where there are none. `within` is a transaction that this is
        to be a part of.
        """
        change = {
            "$set": {
                "status": RackStatus.AVAILABLE,
                "recount": True,
                "recount_reason": reason,
                "recount_items": list(items),
            },
            "$inc": {"pass": 1},
            "$addToSet": {"counted_by": {"$each": [rack.holder.user_id] if rack.holder else []}},
            "$unset": HELD_FIELDS | ASSIGNED_FIELDS,
        }
        where = {
            "rack_id": rack.rack_id,
            "fence": rack.fence,
            "status": rack.status,
            "pass": rack.pass_no,
        }
        ended = _released(now, "recount")
        return self._move(where, change, _its_session(rack), ended, within=within)

    def widen_recount(
        self, rack: Rack, items: Sequence[str], *, within: ClientSession | None = None
    ) -> Rack | None:
        """Add items to a recount that nobody began."""
        where = {
            "rack_id": rack.rack_id,
            "fence": rack.fence,
            "pass": rack.pass_no,
            "status": RackStatus.AVAILABLE,
            "recount": True,
        }
        change = {"$addToSet": {"recount_items": {"$each": list(items)}}}
        return self._move(where, change, None, {}, within=within)

    def expire(self, now: datetime, limit: int) -> list[tuple[Rack, Rack]]:
        """Free up to `limit` racks whose lease ended; each as it was and as it is now.

        One act for all of them: a thousand leases that end together end within a second. Whoever
        commits it is the only one who freed them.
        """
        due = {"lock_expires_at": {"$lte": now}}
        freed = {"$set": {"status": RackStatus.AVAILABLE}, "$unset": HELD_FIELDS}
        ended = {"$set": {"status": SessionStatus.EXPIRED, "ended_reason": "lease expired"}}

        def act(s: ClientSession) -> list[tuple[Rack, Rack]] | None:
            before = [rack_from(r) for r in self._racks.find(due, session=s).limit(limit)]
            these = {"rack_id": {"$in": [r.rack_id for r in before]}}
            theirs = {"session_id": {"$in": [r.session_id for r in before]}}
            self._racks.update_many(these, freed, session=s)
            self._sessions.update_many(theirs, ended, session=s)
            after = {r["rack_id"]: rack_from(r) for r in self._racks.find(these, session=s)}
            return [(rack, after[rack.rack_id]) for rack in before] or None

        if self._racks.find_one(due, {"_id": 1}) is None:
            return []
        return self._in_one_act(act) or []

    def offer(self, rack: Rack, user_id: str) -> Rack | None:
        """Note to whom the holder offers the rack."""
        return self._move(_held(rack), {"$set": {"offered_to": user_id}}, None, {})

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

    # ── the floor plan ───────────────────────────────────────────────────────────────────────────

    def plan(self, racks: Sequence[Document]) -> int:
        """Add racks of the floor plan that are not there yet; how many those were."""
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
        if writes:
            self._racks.bulk_write(writes, ordered=False)

    # ── how ──────────────────────────────────────────────────────────────────────────────────────

    def _racks_of(self, rack_ids: Sequence[str]) -> dict[str, Rack]:
        found = self._racks.find({"rack_id": {"$in": rack_ids}}, batch_size=len(rack_ids) + 1)
        return {r["rack_id"]: rack_from(r) for r in found}

    def _sessions_of(self, session_ids: Sequence[str]) -> dict[str, CountSession]:
        where = {"session_id": {"$in": session_ids}}
        found = self._sessions.find(where, batch_size=len(session_ids) + 1)
        return {s["session_id"]: session_from(s) for s in found}

    def _set_both(self, rack: Rack, status: RackStatus, session: SessionStatus) -> Rack | None:
        where = {**_held(rack), "status": rack.status}
        return self._move(
            where, {"$set": {"status": status}}, _its_session(rack), {"$set": {"status": session}}
        )

    def _move(
        self,
        where: Document,
        change: Document,
        session: Document | None,
        session_change: Document,
        *,
        within: ClientSession | None = None,
    ) -> Rack | None:
        """Change both in an act of their own, or `within` one."""
        if within is not None:
            return self._change(where, change, session, session_change, within)
        return self._in_one_act(lambda s: self._change(where, change, session, session_change, s))

    def _change(
        self,
        where: Document,
        change: Document,
        session: Document | None,
        session_change: Document,
        s: ClientSession,
    ) -> Rack | None:
        """Change the rack and its session if both still are as told, else neither."""
        moved = self._racks.find_one_and_update(
            where, change, return_document=ReturnDocument.AFTER, session=s
        )
        if moved is None:
            return None
        if session is not None:
            kept = self._sessions.update_one(session, session_change, session=s)
            if kept.matched_count == 0:
                return None
        return rack_from(moved)

    def _in_one_act(self, act: Callable[[ClientSession], T | None]) -> T | None:
        """Do all that `act` does, or nothing where it returns None."""

        def all_or_nothing(s: ClientSession) -> T | None:
            done = act(s)
            if done is None:
                s.abort_transaction()
            return done

        return in_one_act(self._client, all_or_nothing)


def _update_all(collection: Collection[Document], updates: Sequence[UpdateOne]) -> list[None]:
    collection.bulk_write(updates, ordered=False)
    return [None] * len(updates)


def _held(rack: Rack) -> Document:
    return {"rack_id": rack.rack_id, "fence": rack.fence, "session_id": rack.session_id}


def _open_to(user_id: str) -> Document:
    """Racks that are assigned to nobody, or to this user."""
    return {"assigned_to.user_id": {"$in": [None, user_id]}}


def _its_session(rack: Rack) -> Document | None:
    return {"session_id": rack.session_id} if rack.session_id else None


def _released(now: datetime, reason: str) -> Document:
    return {"$set": {"status": SessionStatus.RELEASED, "ended_reason": reason, "ended_at": now}}
