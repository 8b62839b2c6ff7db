"""Which events a move of a rack tells: one of the rack, and one of its session."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

from app import events
from app.auth.identity import Holder, Identity, named
from app.events import Event, RackEvent, SessionEvent
from app.racks.rack import CountSession, Lease, Progress, Queue, Rack, SessionStatus
from app.racks.rules import Move
from app.services.lock_manager import LockHolder

_RACK_EVENTS: dict[Move, type[RackEvent]] = {
    Move.PAUSE: events.RackPaused,
    Move.RESUME: events.RackResumed,
    Move.RELEASE: events.RackReleased,
    Move.FORCE_RELEASE: events.RackReleased,
    Move.COMPLETE: events.RackCompleted,
    Move.RECOUNT: events.RackRecountAsked,
    Move.EXPIRE: events.RackExpired,
}
_SESSION_EVENTS: dict[Move, tuple[type[SessionEvent], SessionStatus]] = {
    Move.PAUSE: (events.SessionPaused, SessionStatus.PAUSED),
    Move.RESUME: (events.SessionResumed, SessionStatus.ACTIVE),
    Move.RELEASE: (events.SessionReleased, SessionStatus.RELEASED),
    Move.FORCE_RELEASE: (events.SessionReleased, SessionStatus.RELEASED),
    Move.COMPLETE: (events.SessionCompleted, SessionStatus.COMPLETED),
    Move.RECOUNT: (events.SessionReleased, SessionStatus.RELEASED),
    Move.TAKE_OVER: (events.SessionReleased, SessionStatus.RELEASED),
    Move.EXPIRE: (events.SessionExpired, SessionStatus.EXPIRED),
}


def started(rack: Rack, lease: Lease, holder: Holder) -> list[Event]:
    """A claim: the rack is held, a session runs."""
    session = events.SessionStarted(
        session_id=lease.session_id,
        rack_id=lease.rack_id,
        floor=lease.floor,
        user_id=holder.user_id,
        holder=asdict(holder),
        status=SessionStatus.ACTIVE.value,
        progress=asdict(Progress(expected=rack.expected_items)),
    )
    return [_rack_event(events.RackClaimed, rack, rack), session]


def revived(rack: Rack, session: CountSession) -> list[Event]:
    """An expired lease came back: for the map it is a claim, for the session it goes on."""
    return [
        _rack_event(events.RackClaimed, rack, rack),
        _session_event(events.SessionResumed, session, SessionStatus.ACTIVE, session.queue),
    ]


def beat(session: CountSession, queue: Queue | None) -> list[Event]:
    """A heartbeat that kept the lease of an open session."""
    renewed = events.RackRenewed(
        rack_id=session.rack_id,
        floor=session.floor,
        status=session.status.value,
        fence=session.fence,
        pass_no=session.pass_no,
        recount=session.pass_no > 1,
        session_id=session.session_id,
        user_id=session.holder.user_id,
        holder=asdict(session.holder),
    )
    return [renewed, _session_event(events.SessionBeat, session, session.status, queue)]


def progressed(session: CountSession) -> SessionEvent:
    """A session has new figures."""
    return _session_event(events.SessionProgressed, session, session.status)


def as_it_is(rack: Rack) -> RackEvent:
    """How a rack is, whatever was told of it before."""
    return _rack_event(events.RackRenewed, rack, rack)


def moved(
    before: Rack, after: Rack, move: Move, reason: str | None = None, by: Identity | None = None
) -> list[Event]:
    """A move of a rack, and of the session that it had before. `by`: a supervisor made it."""
    rack = _rack_event(_RACK_EVENTS[move], before, after, reason, by)
    return [rack, *session_moved(before, move)]


def expired(racks: Sequence[tuple[Rack, Rack]]) -> list[Event]:
    """Leases that ended together."""
    return [event for before, after in racks for event in moved(before, after, Move.EXPIRE)]


def assigned(before: Rack, after: Rack, by: Identity) -> RackEvent:
    """A supervisor gave a rack to somebody, or to nobody any more."""
    given, had = after.assigned_to, before.assigned_to
    taken = had is not None and (given is None or given.user_id != had.user_id)
    return _rack_event(
        events.RackAssigned,
        after,
        after,
        assigned_to=asdict(given) if given else None,
        taken_from=had.user_id if had and taken else None,
        by=by,
    )


def session_moved(rack: Rack, move: Move) -> list[Event]:
    """What a move of the rack does to the session that has it; nothing where none has."""
    if rack.session_id is None or rack.holder is None:
        return []
    kind, status = _SESSION_EVENTS[move]
    return [
        kind(
            session_id=rack.session_id,
            rack_id=rack.rack_id,
            floor=rack.floor,
            user_id=rack.holder.user_id,
            holder=asdict(rack.holder),
            status=status.value,
        )
    ]


def locks_of(racks: Iterable[Rack]) -> list[tuple[str, LockHolder]]:
    """The Redis locks of those of the racks that somebody holds."""
    return [
        (rack.rack_id, _lock(rack.holder, rack.session_id, rack.fence))
        for rack in racks
        if rack.holder is not None and rack.session_id is not None
    ]


def lock_for(holder: Holder, lease: Lease) -> LockHolder:
    """The Redis lock of a holder."""
    return _lock(holder, lease.session_id, lease.fence)


def _lock(holder: Holder, session_id: str, fence: int) -> LockHolder:
    return LockHolder(
        user_id=holder.user_id,
        session_id=session_id,
        fence=fence,
        name=holder.name,
        device_id=holder.device_id or "",
    )


def _rack_event(
    kind: type[RackEvent],
    before: Rack,
    after: Rack,
    reason: str | None = None,
    by: Identity | None = None,
    **more: Any,
) -> RackEvent:
    """`before` names whose session it was where `after` has none."""
    holder = after.holder
    user = holder or before.holder
    return kind(
        rack_id=after.rack_id,
        floor=after.floor,
        status=after.status.value,
        fence=after.fence,
        pass_no=after.pass_no,
        recount=after.recount,
        session_id=after.session_id or before.session_id,
        user_id=user.user_id if user else None,
        holder=asdict(holder) if holder else None,
        reason=reason,
        by=named(by) if by else None,
        **more,
    )


def _session_event(
    kind: type[SessionEvent],
    session: CountSession,
    status: SessionStatus,
    queue: Queue | None = None,
) -> SessionEvent:
    return kind(
        session_id=session.session_id,
        rack_id=session.rack_id,
        floor=session.floor,
        user_id=session.holder.user_id,
        holder=asdict(session.holder),
        status=status.value,
        progress=asdict(session.progress),
        queue_length=queue.length if queue else None,
        queue_age_s=queue.age_s if queue else None,
    )
