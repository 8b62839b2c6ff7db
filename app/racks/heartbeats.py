"""Heartbeats: what keeps a lease, brings one back, and says that it is lost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime

from app.auth.identity import Identity
from app.clock import Clock
from app.errors import NotYourSession, RedisUnavailable, TooManySessions
from app.events import Publisher
from app.racks import tidings
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
from app.services.lock_manager import LockManager

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
        session = self._sessions.session(session_id)
        check_own(session, by)
        if rack_id is not None and rack_id != session.rack_id:
            raise NotYourSession(session_id)
        queue = None if queue_length is None else Queue(length=queue_length, age_s=queue_age_s)
        return self._as_before(session, queue) or self._renew_and_tell(session, queue)

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
        self._lock(running)
        return kept

    def revive(self, session: CountSession) -> bool:
        """Give an expired session its rack back if nobody took it and its user holds no more racks
        than one may; whether it has it now.
        """
        rack = self._revived(session)
        if rack is None:
            return False
        self._lock([session])
        self._tell([rack], *tidings.revived(rack, session))
        return True

    def _as_before(self, session: CountSession, queue: Queue | None) -> Renewal | None:
        """The answer to a beat that follows closely on another and has nothing new to say: MongoDB
        is only asked, no screen is told. None for all other beats.
        """
        now = self._clock.now()
        if queue not in (None, session.queue) or not self._is_recent(session.last_heartbeat, now):
            return None
        rack = self._store.racks_by_id([session.rack_id]).get(session.rack_id)
        if rack is None or rack.lease_expires_at is None or not self._is_fresh(session, rack, now):
            return None
        self._lock([session])
        left = int((rack.lease_expires_at - now).total_seconds())
        return Renewal(session=session, state=LeaseState.HELD, ttl_s=left, at=now)

    def _is_fresh(self, session: CountSession, rack: Rack | None, now: datetime) -> bool:
        """Whether a session holds its rack and was heard of a moment ago."""
        if rack is None or (rack.session_id, rack.fence) != (session.session_id, session.fence):
            return False
        return self._is_recent(rack.last_heartbeat, now)

    def _is_recent(self, beat: datetime | None, now: datetime) -> bool:
        return beat is not None and (now - beat).total_seconds() < self._ttl_s * FRESH

    def _renew_and_tell(self, session: CountSession, queue: Queue | None) -> Renewal:
        renewal = self._renew(session, queue)
        if renewal.state is LeaseState.HELD:
            self._publish(*tidings.beat(session, queue))
        return renewal

    def _renew(self, session: CountSession, queue: Queue | None) -> Renewal:
        now = self._clock.now()
        # The session may have expired since it was read, so the store judges, not its status. And
        # a batch of the same device, beside this beat, may have been the one that brought it back.
        if (
            self._touch(session, now, queue)
            or (session.status not in CLOSED and self.revive(session))
            or self._touch(session, now, queue)
        ):
            return Renewal(session=session, state=LeaseState.HELD, ttl_s=self._ttl_s, at=now)
        rack = self._store.rack(session.rack_id)
        state = _state_of(session, rack)
        return Renewal(session=session, state=state, ttl_s=0, at=now, holder=rack.holder)

    def _touch(self, session: CountSession, now: datetime, queue: Queue | None) -> bool:
        """Prolong the lease of a session that holds its rack; whether it does."""
        held = self._leases.touch(session, now=now, ttl_s=self._ttl_s, queue=queue)
        if held:
            self._lock([session])
        return held

    def _revived(self, session: CountSession) -> Rack | None:
        with suppress(TooManySessions):
            return self._leases.revive(
                session, now=self._clock.now(), ttl_s=self._ttl_s, max_open=self._max_open
            )
        return None

    def _lock(self, sessions: Sequence[CountSession]) -> None:
        """Renew the locks of leases that MongoDB confirmed, and note that the users are here."""
        with suppress(RedisUnavailable):
            self._locks.keep([(s.rack_id, tidings.lock_of(s)) for s in sessions], self._ttl_s)


def _state_of(session: CountSession, rack: Rack) -> LeaseState:
    """Why a session does not hold its rack. What was finished is finished, whoever came after."""
    if session.status is SessionStatus.COMPLETED:
        return LeaseState.ENDED
    lost = rack.fence > session.fence or session.status is SessionStatus.EXPIRED
    return LeaseState.LOST if lost else LeaseState.ENDED
