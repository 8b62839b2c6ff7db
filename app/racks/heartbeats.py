"""Heartbeats: what keeps a lease, brings one back, and says that it is lost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.auth.identity import Holder, Identity
from app.clock import Clock
from app.errors import NotYourSession, RedisUnavailable, TooManySessions
from app.events import Publisher
from app.racks import tidings
from app.racks.changes import Touch
from app.racks.lease_store import LeaseStore
from app.racks.rack import (
    CLOSED,
    CountSession,
    LeaseLimits,
    LeaseState,
    Queue,
    Rack,
    Renewal,
    SessionStatus,
)
from app.racks.rules import check_own
from app.racks.session_store import SessionStore
from app.racks.store import RackStore
from app.racks.telling import Telling
from app.services.lock_manager import LockHolder, LockManager

FRESH = 1 / 12
"""The part of a lease's life, 5 s of 60, in which another sign of life is no news: it is not
written once more, and the answer tells what is left of the life that was."""


class Heartbeats:
    """Prolongs leases. Works while Redis is away: no rack can be claimed then, and MongoDB knows
    who holds which.
    """

    def __init__(
        self,
        store: RackStore,
        sessions: SessionStore,
        leases: LeaseStore,
        locks: LockManager,
        publish: Publisher,
        clock: Clock,
        *,
        limits: LeaseLimits,
    ) -> None:
        self._store = store
        self._sessions = sessions
        self._leases = leases
        self._locks = locks
        self._publish = publish
        self._tell = Telling(store, publish)
        self._clock = clock
        self._ttl_s = limits.ttl_s
        self._max_open = limits.max_open

    def beat(
        self,
        session_id: str,
        *,
        by: Identity,
        rack_id: str | None = None,
        queue_length: int | None = None,
        queue_age_s: int | None = None,
    ) -> Renewal:
        """Prolong the session's lease, or say that it is lost or ended. The sender may tell how
        many records wait on the device, and for how many seconds the oldest of them.

        An expired lease comes back under the same fence while nobody took the rack.

        Raises:
            SessionUnknown: there is none of that name.
            NotYourSession: it is another's, or it is not at that rack.
        """
        queue = None if queue_length is None else Queue(length=queue_length, age_s=queue_age_s)
        sign = _Sign(session_id, by, rack_id, queue, at=self._clock.now())
        rack = self._touch(sign) or self._touch_after_all(sign)
        return self._gone(sign) if rack is None else self._held(rack, sign)

    def keep(self, sessions: Sequence[CountSession], racks: Mapping[str, Rack]) -> dict[str, Rack]:
        """Prolong the leases that a batch shows to be alive: two round trips for all of them.
        `racks` are theirs, as they were read for the batch. Of those that the same trip could tell,
        the racks as they are now.
        """
        running = [s for s in sessions if s.is_open]
        if not running:
            return {}
        now = self._clock.now()
        due = [s for s in running if not self._is_fresh(s, racks.get(s.rack_id), now)]
        kept = self._leases.touch_all(due, now=now, ttl_s=self._ttl_s) if due else {}
        self._lock([(s.rack_id, tidings.lock_of(s)) for s in running])
        return kept

    def revive(self, session: CountSession) -> bool:
        """Give an expired session its rack back if nobody took it and its user holds no more racks
        than one may; whether it has it now.
        """
        rack = self._revived(session)
        if rack is None:
            return False
        self._lock(tidings.locks_of([rack]))
        self._tell([rack], *tidings.revived(rack, session))
        return True

    def _is_fresh(self, session: CountSession, rack: Rack | None, now: datetime) -> bool:
        """Whether a session holds its rack and was heard of a moment ago."""
        if rack is None or (rack.session_id, rack.fence) != (session.session_id, session.fence):
            return False
        return self._is_recent(rack.last_heartbeat, now)

    def _is_recent(self, beat: datetime | None, now: datetime) -> bool:
        return beat is not None and (now - beat).total_seconds() < self._ttl_s * FRESH

    def _touch(self, sign: _Sign) -> Rack | None:
        """Prolong the lease of a session that holds its rack: the rack, or None where it does not.
        What is told of a queue is news always.
        """
        return self._leases.touch(
            Touch(
                session_id=sign.session_id,
                user_id=sign.by.user_id,
                rack_id=sign.rack_id,
                now=sign.at,
                ttl_s=self._ttl_s,
                fresh_s=0 if sign.queue else self._ttl_s * FRESH,
            )
        )

    def _touch_after_all(self, sign: _Sign) -> Rack | None:
        """The rack of a session that was seen without it, if it can have it back.

        Another beat or batch of the same device may have been the one that brought it back.
        """
        session = self._own(sign)
        if session.status not in CLOSED:
            self.revive(session)
        return self._touch(sign)

    def _own(self, sign: _Sign) -> CountSession:
        """The sign's session. Raises SessionUnknown, NotYourSession."""
        session = self._sessions.session(sign.session_id)
        check_own(session, sign.by)
        if sign.rack_id not in (None, session.rack_id):
            raise NotYourSession(session.session_id)
        return session

    def _held(self, rack: Rack, sign: _Sign) -> Renewal:
        """The answer to a beat that kept a lease. One that follows closely on another tells what is
        left of the life that was, and tells it to no screen.
        """
        self._lock(tidings.locks_of([rack]))
        if _is_news(rack, sign):
            session = self._sessions.note_beat(sign.session_id, sign.at, sign.queue)
            self._publish(*tidings.beat(session, sign.queue))
        left = rack.lease_expires_at - sign.at if rack.lease_expires_at else timedelta()
        return sign.answered(LeaseState.HELD, ttl_s=int(left.total_seconds()))

    def _gone(self, sign: _Sign) -> Renewal:
        """The answer to a beat whose session does not hold its rack: it is as it is now."""
        session = self._sessions.session(sign.session_id)
        rack = self._store.rack(session.rack_id)
        return sign.answered(_state_of(session, rack), holder=rack.holder)

    def _revived(self, session: CountSession) -> Rack | None:
        with suppress(TooManySessions):
            return self._leases.revive(
                session, now=self._clock.now(), ttl_s=self._ttl_s, max_open=self._max_open
            )
        return None

    def _lock(self, locks: Sequence[tuple[str, LockHolder]]) -> None:
        """Renew the locks of leases that MongoDB confirmed, and note that the users are here."""
        with suppress(RedisUnavailable):
            self._locks.keep(locks, self._ttl_s)


@dataclass(frozen=True, slots=True)
class _Sign:
    """A beat as it was sent, and when it came."""

    session_id: str
    by: Identity
    rack_id: str | None
    queue: Queue | None
    at: datetime

    def answered(
        self, state: LeaseState, *, ttl_s: int = 0, holder: Holder | None = None
    ) -> Renewal:
        return Renewal(
            session_id=self.session_id,
            user_id=self.by.user_id,
            state=state,
            ttl_s=ttl_s,
            at=self.at,
            holder=holder,
        )


def _is_news(rack: Rack, sign: _Sign) -> bool:
    """Whether the sign prolonged the rack's lease."""
    return rack.last_heartbeat is not None and rack.last_heartbeat >= sign.at


def _state_of(session: CountSession, rack: Rack) -> LeaseState:
    """Why a session does not hold its rack. What was finished is finished, whoever came after."""
    if session.status is SessionStatus.COMPLETED:
        return LeaseState.ENDED
    lost = rack.fence > session.fence or session.status is SessionStatus.EXPIRED
    return LeaseState.LOST if lost else LeaseState.ENDED
