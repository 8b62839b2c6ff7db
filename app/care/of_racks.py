"""Racks, sessions and leases: each rack that is held has its session, and the other way round."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from pymongo.client_session import ClientSession

from app.care.finding import Check, Finding, of, where
from app.db.client import Db, Document
from app.racks.documents import HELD_FIELDS
from app.racks.rack import OPEN, RackStatus, SessionStatus
from app.services.lock_manager import LockHolder, LockManager

HELD = [RackStatus.ACTIVE.value, RackStatus.PAUSED.value]
RUNNING = [status.value for status in OPEN]


def _free(db: Db, rack: Document, s: ClientSession) -> None:
    freed = {"$set": {"status": RackStatus.AVAILABLE.value}, "$unset": HELD_FIELDS}
    db.rack_registry.update_one({"_id": rack["_id"]}, freed, session=s)


def _clear(db: Db, rack: Document, s: ClientSession) -> None:
    db.rack_registry.update_one({"_id": rack["_id"]}, {"$unset": HELD_FIELDS}, session=s)


def _end_lease(db: Db, rack: Document, s: ClientSession) -> None:
    end = [{"$set": {"lock_expires_at": "$$NOW"}}]
    db.rack_registry.update_one({"_id": rack["_id"]}, end, session=s)


def _raise_fence(db: Db, rack: Document, s: ClientSession) -> None:
    above = {"$max": {"fence_above": rack["last"][0]["fence"]}}
    db.rack_registry.update_one({"_id": rack["_id"]}, above, session=s)


def _expire(db: Db, session: Document, s: ClientSession) -> None:
    ended = {"status": SessionStatus.EXPIRED.value, "ended_reason": "it held no rack"}
    db.verification_sessions.update_one({"_id": session["_id"]}, {"$set": ended}, session=s)


CHECKS = (
    Check(
        code="rack_without_session",
        collection="rack_registry",
        steps=[
            {"$match": {"status": {"$in": HELD}}},
            of(
                "verification_sessions",
                "session_id",
                "session_id",
                "holds",
                where(
                    {"$eq": ["$rack_id", "$$rack"]},
                    {"$eq": ["$fence", "$$fence"]},
                    status={"$in": RUNNING},
                ),
                rack="$rack_id",
                fence="$fence",
            ),
            {"$match": {"holds": []}},
        ],
        says=lambda rack: (
            f"rack {rack['rack_id']} is held by session {rack.get('session_id')}, "
            "which does not hold it"
        ),
        mending="frees the rack",
        mend=_free,
    ),
    Check(
        code="session_without_rack",
        collection="verification_sessions",
        steps=[
            {"$match": {"status": {"$in": RUNNING}}},
            of(
                "rack_registry",
                "session_id",
                "session_id",
                "held",
                where(
                    {"$eq": ["$rack_id", "$$rack"]},
                    {"$eq": ["$fence", "$$fence"]},
                    status={"$in": HELD},
                ),
                rack="$rack_id",
                fence="$fence",
            ),
            {"$match": {"held": []}},
        ],
        says=lambda one: f"session {one['session_id']} runs, and rack {one['rack_id']} is not its",
        mending="lets the session expire; a heartbeat brings it back while the rack is free",
        mend=_expire,
    ),
    Check(
        code="rack_half_held",
        collection="rack_registry",
        steps=[
            {"$match": {"status": {"$nin": HELD}}},
            {"$match": {"$or": [{field: {"$exists": True}} for field in HELD_FIELDS]}},
        ],
        says=lambda rack: f"rack {rack['rack_id']} is {rack['status']} and names a holder",
        mending="removes what is left of the holder",
        mend=_clear,
    ),
    Check(
        code="lease_without_end",
        collection="rack_registry",
        steps=[{"$match": {"status": {"$in": HELD}, "lock_expires_at": None}}],
        says=lambda rack: f"the lease of rack {rack['rack_id']} would never end",
        mending="lets it end now, unless a heartbeat renews it",
        mend=_end_lease,
    ),
    Check(
        code="fence_behind",
        collection="rack_registry",
        steps=[
            of(
                "verification_sessions",
                "rack_id",
                "rack_id",
                "last",
                {"$sort": {"fence": -1}},
                {"$limit": 1},
                {"$project": {"fence": 1}},
            ),
            {"$match": {"last": {"$ne": []}}},
            where({"$lt": [{"$max": ["$fence", "$fence_above"]}, {"$first": "$last.fence"}]}),
        ],
        says=lambda rack: (
            f"rack {rack['rack_id']} is at fence {rack['fence']}, "
            f"a session of it had {rack['last'][0]['fence']}"
        ),
        mending="gives the next claim a fence above it",
        mend=_raise_fence,
    ),
)


def locks_of_others(db: Db, locks: LockManager) -> Iterator[Finding]:
    """Racks that another than their holder has locked in Redis."""
    for rack in db.rack_registry.find({"status": {"$in": HELD}}):
        lock = locks.get_rack_lock(rack["rack_id"])
        if lock is None or (lock.session_id, lock.fence) == (rack.get("session_id"), rack["fence"]):
            continue
        if db.rack_registry.find_one({"_id": rack["_id"]}) == rack:  # it did not move meanwhile
            yield Finding(
                code="lock_of_another",
                text=f"rack {rack['rack_id']} is locked in Redis for session {lock.session_id}",
                mending="removes the lock; the holder's next heartbeat sets its own",
                mend=partial(_unlock, locks, rack["rack_id"], lock),
            )


def _unlock(locks: LockManager, rack_id: str, lock: LockHolder) -> bool:
    return bool(
        locks.release_rack_lock(rack_id, lock.user_id, session_id=lock.session_id, fence=lock.fence)
    )
