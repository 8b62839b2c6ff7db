"""The changes of hands: a lease changes `rack_registry` and `verification_sessions` in one act.

Each is conditional on the rack's fence and session: the write decides who wins, not a look before
it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from pymongo.client_session import ClientSession
from pymongo.collection import Collection

from app.auth.identity import Holder
from app.db.client import LIVENESS, Db, Document, in_one_act, update_and_show
from app.racks.acts import Act, Acts, Place, SessionChange
from app.racks.changes import (
    FREED,
    Touch,
    counted,
    free,
    held,
    its_session,
    released,
    to_recount,
    to_seal,
    touched,
)
from app.racks.documents import (
    ASSIGNED_FIELDS,
    holding,
    new_session,
    not_kept_from,
    rack_from,
)
from app.racks.rack import CountSession, Lease, Rack, RackStatus, SessionStatus
from app.racks.rules import open_to
from app.together import joined


class LeaseStore:
    """Gives racks to sessions and takes them back."""

    def __init__(self, db: Db) -> None:
        self._client = db.client
        self._racks: Collection[Document] = db.rack_registry
        self._sessions: Collection[Document] = db.verification_sessions
        self._live_racks = self._racks.with_options(write_concern=LIVENESS)
        self._touch_together = joined(self._touch_all)
        self._do = Acts(db)

    # ── taking a rack ────────────────────────────────────────────────────────────────────────────

    def take(
        self, rack: Rack, lease: Lease, holder: Holder, *, now: datetime, max_open: int
    ) -> Rack | None:
        """Give a free rack to the holder under the lease's fence; None where another was first.

        Raises TooManySessions.
        """
        where = {**free(rack), **not_kept_from(holder.user_id)}
        return self._start(where, rack, lease, holder, now=now, max_open=max_open)

    def take_over(
        self, rack: Rack, lease: Lease, holder: Holder, *, now: datetime, max_open: int
    ) -> Rack | None:
        """Move a held rack to another holder: its session ends, the lease's starts.

        Raises TooManySessions.
        """
        where = {**held(rack), "offered_to": rack.offered_to}
        ended = its_session(rack, released(now, "taken over"))
        return self._start(where, rack, lease, holder, now=now, max_open=max_open, ended=ended)

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
            **not_kept_from(session.holder.user_id),
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
        return self._do(
            Act(
                where=where,
                change={"$set": holding(lease, session.holder, now)},
                session=SessionChange(
                    session_id=session.session_id, change=back, was=SessionStatus.EXPIRED
                ),
                place=Place(user_id=session.holder.user_id, most=max_open),
            )
        )

    def _start(
        self,
        where: Document,
        rack: Rack,
        lease: Lease,
        holder: Holder,
        *,
        now: datetime,
        max_open: int,
        ended: SessionChange | None = None,
    ) -> Rack | None:
        assignment = {} if open_to(rack, holder.user_id) else ASSIGNED_FIELDS
        change = {"$set": holding(lease, holder, now), "$unset": {"offered_to": "", **assignment}}
        return self._do(
            Act(
                where=where,
                change=change,
                session=ended,
                begins=new_session(rack, lease, holder, now),
                place=Place(user_id=holder.user_id, most=max_open),
            )
        )

    # ── keeping it ───────────────────────────────────────────────────────────────────────────────

    def touch(self, touches: Sequence[Touch]) -> list[Rack | None]:
        """Prolong the leases of sessions that hold their racks: each rack as it is then, None where
        it is not held. A lone touch is one command, all that meet share two; what is no news is
        not written.
        """
        return self._touch_together(touches)

    def _touch_all(self, touches: Sequence[Touch]) -> list[Rack | None]:
        changes = [touched(touch) for touch in touches]
        found = update_and_show(self._live_racks, changes, "session_id")
        racks = {rack["session_id"]: rack_from(rack) for rack in found}
        return [_if_held(racks.get(touch.session_id), touch) for touch in touches]

    def pause(self, rack: Rack) -> Rack | None:
        return self._set_both(rack, RackStatus.PAUSED, SessionStatus.PAUSED)

    def resume(self, rack: Rack) -> Rack | None:
        return self._set_both(rack, RackStatus.ACTIVE, SessionStatus.ACTIVE)

    def offer(self, rack: Rack, user_id: str) -> Rack | None:
        """Note to whom the holder offers the rack."""
        return self._do(Act(where=held(rack), change={"$set": {"offered_to": user_id}}))

    def _set_both(self, rack: Rack, status: RackStatus, session: SessionStatus) -> Rack | None:
        return self._do(
            Act(
                where={**held(rack), "status": rack.status},
                change={"$set": {"status": status}},
                session=its_session(rack, {"$set": {"status": session}}),
            )
        )

    # ── giving it back ───────────────────────────────────────────────────────────────────────────

    def release(self, rack: Rack, *, now: datetime, reason: str) -> Rack | None:
        """Free the rack; its session is over."""
        ended = its_session(rack, released(now, reason))
        return self._do(Act(where=held(rack), change=FREED, session=ended))

    def complete(
        self, rack: Rack, user_id: str, *, now: datetime, uncounted: Sequence[Mapping[str, str]]
    ) -> Rack | None:
        """The rack is counted by this user; what was said of uncounted items is kept."""
        ended = {
            "status": SessionStatus.COMPLETED,
            "completed_at": now,
            "uncounted": list(uncounted),
            **to_seal(),
        }
        session = its_session(rack, {"$set": ended})
        return self._do(Act(where=held(rack), change=counted(user_id, now), session=session))

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
        where = {**free(rack), "status": rack.status}
        ended = its_session(rack, released(now, "recount"))
        change = to_recount(rack, reason, items)
        return self._act(Act(where=where, change=change, session=ended), within)

    def widen_recount(
        self, rack: Rack, items: Sequence[str], *, within: ClientSession | None = None
    ) -> Rack | None:
        """Add items to a recount that nobody began."""
        change = {"$addToSet": {"recount_items": {"$each": list(items)}}}
        return self._act(Act(where={**free(rack), "recount": True}, change=change), within)

    def expire(self, now: datetime, limit: int) -> list[tuple[Rack, Rack]]:
        """Free up to `limit` racks whose lease ended; each as it was and as it is now.

        One act for all of them: a thousand leases that end together end within a second. Whoever
        commits it is the only one who freed them.
        """
        due = {"lock_expires_at": {"$lte": now}}
        over = {"status": SessionStatus.EXPIRED, "ended_reason": "lease expired", **to_seal()}

        def act(s: ClientSession) -> list[tuple[Rack, Rack]]:
            before = [rack_from(r) for r in self._racks.find(due, session=s).limit(limit)]
            these = {"rack_id": {"$in": [r.rack_id for r in before]}}
            theirs = {"session_id": {"$in": [r.session_id for r in before]}}
            self._racks.update_many(these, FREED, session=s)
            self._sessions.update_many(theirs, {"$set": over}, session=s)
            after = {r["rack_id"]: rack_from(r) for r in self._racks.find(these, session=s)}
            return [(rack, after[rack.rack_id]) for rack in before]

        if self._racks.find_one(due, {"_id": 1}) is None:
            return []
        return in_one_act(self._client, act)

    def _act(self, act: Act, within: ClientSession | None) -> Rack | None:
        return self._do(act) if within is None else self._do.within(within, act)


def _if_held(rack: Rack | None, touch: Touch) -> Rack | None:
    if rack is None or rack.holder is None or rack.holder.user_id != touch.user_id:
        return None
    return rack if touch.rack_id in (None, rack.rack_id) else None
