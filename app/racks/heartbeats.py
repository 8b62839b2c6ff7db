"""Heartbeats: what keeps a lease, brings one back, and says that it is lost."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta

from app.auth.identity import Holder, Identity
from app.clock import Clock
from app.errors import NotYourSession, TooManySessions
from app.events import Publisher
from app.racks import tidings
from app.racks.beats import Beat, Beats
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


class Heartbeats:
    """Prolongs leases. Works while Redis is away: no rack can be claimed then, and MongoDB knows
    who holds which.
    """

    def __init__(
        self,
        store: RackStore,
        sessions: SessionStore,
        leases: LeaseStore,
        beats: Beats,
        publish: Publisher,
        clock: Clock,
        *,
        limits: LeaseLimits,
    ) -> None:
        self._store = store
        self._sessions = sessions
        self._leases = leases
        self._tell = Telling(store, publish)
        self._beats = beats
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
        touch = Touch(session_id, by.user_id, self._clock.now(), self._ttl_s, rack_id, queue)
        rack = self._touched(touch)
        if rack is not None:
            return self._held(rack, touch)
        session = self._own_session(touch, by)
        rack = self._brought_back(session, touch)
        return self._gone(session, touch) if rack is None else self._held(rack, touch)

    def keep(self, sessions: Sequence[CountSession]) -> dict[str, Rack]:
        """Prolong the leases that a batch shows to be alive: a round trip for all of them. The
        racks that are still held, as they are now.
        """
        now = self._clock.now()
        running = [s for s in sessions if s.is_open]
        touches = [Touch(s.session_id, s.holder.user_id, now, self._ttl_s) for s in running]
        if not touches:
            return {}
        both = zip(self._leases.touch(touches), touches, strict=True)
        held = [(rack, touch) for rack, touch in both if rack is not None]
        for rack, touch in held:
            self._note(Beat(rack, touch, is_told=False))  # a batch tells its progress
        return {rack.rack_id: rack for rack, _ in held}

    def revive(self, session: CountSession) -> bool:
        """Give an expired session its rack back if nobody took it and its user holds no more racks
        than one may; whether it has it now.
        """
        rack = self._revived(session)
        if rack is None:
            return False
        self._beats.lock([rack])
        self._tell([rack], *tidings.revived(rack, session))
        return True

    def _touched(self, touch: Touch) -> Rack | None:
        """The rack of a session that holds it, its lease prolonged."""
        return self._leases.touch([touch])[0]

    def _own_session(self, touch: Touch, by: Identity) -> CountSession:
        """The session, if it is the caller's and at the rack that is named."""
        session = self._sessions.session(touch.session_id)
        check_own(session, by)
        if touch.rack_id not in (None, session.rack_id):
            raise NotYourSession(session.session_id)
        return session

    def _brought_back(self, session: CountSession, touch: Touch) -> Rack | None:
        """The rack of a session that was seen without it, if it can have it back.

        Another beat or batch of the same device may have been the one that brought it back.
        """
        if session.status not in CLOSED:
            self.revive(session)
        return self._touched(touch)

    def _held(self, rack: Rack, touch: Touch) -> Renewal:
        """The answer to a beat that kept a lease."""
        self._note(Beat(rack, touch))
        left = rack.lease_expires_at - touch.at if rack.lease_expires_at else timedelta()
        return _answer(touch, LeaseState.HELD, ttl_s=int(left.total_seconds()))

    def _note(self, beat: Beat) -> None:
        """Leave the rest to the next turn; nothing is left of a sign of life that follows closely
        on another, as it prolonged nothing.
        """
        last = beat.rack.last_heartbeat
        if last is not None and last >= beat.touch.at:
            self._beats.note(beat)

    def _gone(self, session: CountSession, touch: Touch) -> Renewal:
        """The answer to a beat whose session does not hold its rack."""
        rack = self._store.rack(session.rack_id)
        return _answer(touch, _state_of(session, rack), holder=rack.holder)

    def _revived(self, session: CountSession) -> Rack | None:
        with suppress(TooManySessions):
            return self._leases.revive(
                session, now=self._clock.now(), ttl_s=self._ttl_s, max_open=self._max_open
            )
        return None


def _answer(
    touch: Touch, state: LeaseState, *, ttl_s: int = 0, holder: Holder | None = None
) -> Renewal:
    return Renewal(
        session_id=touch.session_id,
        user_id=touch.user_id,
        state=state,
        ttl_s=ttl_s,
        at=touch.at,
        holder=holder,
    )


def _state_of(session: CountSession, rack: Rack) -> LeaseState:
    """Why a session does not hold its rack. What was finished is finished, whoever came after."""
    if session.status is SessionStatus.COMPLETED:
        return LeaseState.ENDED
    lost = rack.fence > session.fence or session.status is SessionStatus.EXPIRED
    return LeaseState.LOST if lost else LeaseState.ENDED
