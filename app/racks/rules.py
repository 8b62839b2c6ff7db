"""The table of moves: which are legal from which state, where they lead, and who may make them.

Pure: no I/O. The store's conditional write decides between two legal moves at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from app.auth.identity import Account, Identity, named
from app.auth.permissions import ROLES, Action, may
from app.errors import (
    CannotAssign,
    DomainError,
    IllegalMove,
    LeaseLost,
    NoStocktake,
    NotAllowed,
    NothingOffered,
    NotHolder,
    NotYourSession,
    PassTaken,
    RackAssigned,
    RackLocked,
)
from app.racks.rack import CountSession, Rack, RackStatus


class Move(StrEnum):
    """What can happen to a rack."""

    CLAIM = "claim"
    PAUSE = "pause"
    RESUME = "resume"
    RELEASE = "release"
    COMPLETE = "complete"
    HAND_OVER = "hand over"
    TAKE_OVER = "take over"
    FORCE_RELEASE = "force release"
    RECOUNT = "recount"
    EXPIRE = "expire"
    ASSIGN = "assign"


class By(StrEnum):
    """Who may make a move."""

    COUNTER = "counter"
    HOLDER = "holder"
    SUPERVISOR = "supervisor"
    CLOCK = "clock"


@dataclass(frozen=True, slots=True)
class Rule:
    """A move is legal from these states, leads to that one, and is theirs to make."""

    start: frozenset[RackStatus]
    end: RackStatus
    by: By


_FREE = frozenset({RackStatus.AVAILABLE})
_ACTIVE = frozenset({RackStatus.ACTIVE})
_PAUSED = frozenset({RackStatus.PAUSED})
_HELD = _ACTIVE | _PAUSED

MOVES: dict[Move, Rule] = {
    Move.CLAIM: Rule(_FREE, RackStatus.ACTIVE, By.COUNTER),
    Move.PAUSE: Rule(_ACTIVE, RackStatus.PAUSED, By.HOLDER),
    Move.RESUME: Rule(_PAUSED, RackStatus.ACTIVE, By.HOLDER),
    Move.RELEASE: Rule(_HELD, RackStatus.AVAILABLE, By.HOLDER),
    Move.COMPLETE: Rule(_HELD, RackStatus.COMPLETED, By.HOLDER),
    Move.HAND_OVER: Rule(_HELD, RackStatus.ACTIVE, By.HOLDER),
    Move.TAKE_OVER: Rule(_HELD, RackStatus.ACTIVE, By.HOLDER),
    Move.FORCE_RELEASE: Rule(_HELD, RackStatus.AVAILABLE, By.SUPERVISOR),
    Move.RECOUNT: Rule(frozenset(RackStatus), RackStatus.AVAILABLE, By.SUPERVISOR),
    Move.EXPIRE: Rule(_HELD, RackStatus.AVAILABLE, By.CLOCK),
    Move.ASSIGN: Rule(_FREE, RackStatus.AVAILABLE, By.SUPERVISOR),
}

_OF_A_STOCKTAKE = frozenset({Move.CLAIM, Move.RECOUNT})
_NEEDS = {By.COUNTER: Action.COUNT, By.HOLDER: Action.COUNT, By.SUPERVISOR: Action.STEER_RACKS}


def check_move(rack: Rack, move: Move, by: Identity) -> None:
    """Let a legal move of the right person pass.

    Raises:
        NotAllowed: the role may not make this move.
        NotHolder: the move is the holder's.
        RackLocked: a claim of a rack that somebody holds.
        PassTaken: a claim of a recount by someone who took an earlier pass.
        RackAssigned: a claim of a rack that a supervisor keeps for somebody else.
        NoStocktake: a claim or recount of a rack that is in no open stocktake.
        IllegalMove: the rack's state does not allow it.
    """
    rule = MOVES[move]
    if rule.by is By.CLOCK or not may(by, _NEEDS[rule.by]):
        raise NotAllowed
    if rule.by is By.HOLDER and not holds(rack, by):
        raise NotHolder(rack.rack_id)
    if move is Move.CLAIM and rack.holder is not None:
        raise locked(rack)
    if move in _OF_A_STOCKTAKE and rack.stocktake_id is None:
        raise NoStocktake(rack.rack_id)
    if rack.status not in rule.start:
        raise IllegalMove(rack.rack_id, move=move.value, state=rack.status.value)
    if move is Move.CLAIM and by.user_id in rack.counted_by:
        raise PassTaken(rack.rack_id)
    if move is Move.CLAIM and not open_to(rack, by.user_id):
        to = named(rack.assigned_to) if rack.assigned_to else {}
        raise RackAssigned(rack.rack_id, assigned_to=to)


def open_to(rack: Rack, user_id: str) -> bool:
    """Whether the rack is assigned to nobody, or to this user."""
    return rack.assigned_to is None or rack.assigned_to.user_id == user_id


def check_assign(rack: Rack, to: Account | None, by: Identity) -> None:
    """Let pass a free rack to somebody who may count it; with None, the end of an assignment.

    An assignment is for one pass of a free rack. It bars nobody but other counters' claims, and it
    ends with the pass: when the rack is completed, sent to recount, or held by somebody else.

    Raises:
        NotAllowed: the role may not steer.
        IllegalMove: the rack is held or counted.
        CannotAssign: the person does not count, or counted the rack before.
    """
    if to is None:
        if not may(by, Action.STEER_RACKS):
            raise NotAllowed
        return
    check_move(rack, Move.ASSIGN, by)
    if not to.active or to.role not in ROLES[Action.COUNT]:
        raise CannotAssign(rack.rack_id, name=to.name, why="does not count racks")
    if to.user_id in rack.counted_by:
        raise CannotAssign(rack.rack_id, name=to.name, why="counted an earlier pass of it")


def check_accept(rack: Rack, by: Identity) -> None:
    """Let pass to whom the rack was offered. Raises NothingOffered, PassTaken."""
    if rack.holder is None or rack.offered_to != by.user_id:
        raise NothingOffered(rack.rack_id)
    if by.user_id in rack.counted_by:
        raise PassTaken(rack.rack_id)


def refused(rack: Rack, move: Move) -> DomainError:
    """Why a legal move was not made: the rack, now like this, changed first."""
    if MOVES[move].by is By.HOLDER:
        return LeaseLost(rack.rack_id)
    return IllegalMove(rack.rack_id, move=move.value, state=rack.status.value)


def holds(rack: Rack, by: Identity) -> bool:
    """Whether the caller is the rack's holder, on whichever device."""
    return rack.holder is not None and rack.holder.user_id == by.user_id


def check_own(session: CountSession, by: Identity) -> None:
    """Let the session's own counter pass. Raises NotYourSession."""
    if session.holder.user_id != by.user_id:
        raise NotYourSession(session.session_id)


def check_visible(session: CountSession, by: Identity) -> None:
    """Let pass who may look: its own counter, or who sees all counts. Raises NotYourSession."""
    if not may(by, Action.SEE_COUNTS):
        check_own(session, by)


def locked(rack: Rack) -> RackLocked:
    """The refusal that names who counts the rack."""
    return RackLocked(
        rack.rack_id, holder=named(rack.holder) if rack.holder else {}, since=rack.claimed_at
    )
