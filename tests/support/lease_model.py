"""The lease of one rack as a sequential machine with fencing tokens, for the checker of histories.

Time is part of it: an expiry is a step that nobody asks for, allowed only once the lease was not
prolonged for its time to live. Everything else that happens is an operation of the history.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.racks.changes import FRESH
from tests.support.linearizability import Operation, Verdict, check

CLOCK_STEP_S = 0.05
"""MongoDB keeps milliseconds, and moments are read on both sides of a request."""


@dataclass(frozen=True, kw_only=True)
class Ask:
    """What somebody wanted of the rack: claim, renew, count, release, pause, resume, force. Whoever
    renews or counts does so for the lease that had this fence; each fence has one session.
    """

    act: str
    user: str
    fence: int | None = None


@dataclass(frozen=True, kw_only=True)
class Got:
    """What was answered: done or refused. A claim that is done tells its fence; so does the end of
    a lease, where the session that ended is known.
    """

    done: bool
    fence: int | None = None


@dataclass(frozen=True, kw_only=True)
class LeaseState:
    """`fence` and `user` are those of the newest lease, held or not; `closed`: it was given back
    and never comes again. `ends` is the earliest moment at which it may end by itself, `now` the
    earliest that it can be.
    """

    fence: int = 0
    user: str | None = None
    held: bool = False
    paused: bool = False
    closed: bool = True
    ends: float = 0
    now: float = 0


class LeaseModel:
    """`step` for the checker; `ttl_s` is the life of a lease."""

    def __init__(self, ttl_s: float) -> None:
        self._ttl_s = ttl_s

    def step(self, state: LeaseState, op: Operation) -> list[LeaseState]:
        """All states in which the operation may leave the rack, with an expiry before it or not."""
        act = getattr(self, f"_{op.asked.act}")
        befores = [self._at(op.began, state), self._expired(state, op)]
        return [
            after
            for before in befores
            if before is not None and before.now <= op.ended + CLOCK_STEP_S
            for after in act(before, op)
        ]

    def _at(self, moment: float, state: LeaseState) -> LeaseState:
        return replace(state, now=max(state.now, moment))

    def _expired(self, state: LeaseState, op: Operation) -> LeaseState | None:
        """The state after the lease ended by itself."""
        if not state.held:
            return None
        return self._at(max(state.ends, op.began), replace(state, held=False, paused=False))

    # ── operations ───────────────────────────────────────────────────────────────────────────────

    def _claim(self, state: LeaseState, op: Operation) -> list[LeaseState]:
        got = op.result
        if got and not got.done:
            return [state]
        if state.held and state.user == op.asked.user:
            return [self._prolonged(state, op)] if got is None or got.fence == state.fence else []
        if state.held or (got and got.fence != state.fence + 1):
            return []
        taken = LeaseState(
            fence=state.fence + 1, user=op.asked.user, held=True, closed=False, now=state.now
        )
        return [self._prolonged(taken, op)]

    def _renew(self, state: LeaseState, op: Operation) -> list[LeaseState]:
        """A heartbeat; done where the answer was that the lease is held. It brings one back."""
        if _may_go_on(state, op) is not _done(op):
            return []
        return [self._prolonged(replace(state, held=True), op)] if _done(op) else [state]

    def _count(self, state: LeaseState, op: Operation) -> list[LeaseState]:
        """A batch of counts; done where the server named them ok. It keeps a lease or brings one
        back as far as it can: between judging a record and writing it the lease may end.
        """
        if _may_go_on(state, op) is not _done(op):
            return []
        return [state, *([self._prolonged(replace(state, held=True), op)] if _done(op) else [])]

    def _release(self, state: LeaseState, op: Operation) -> list[LeaseState]:
        return _ended(state, op, possible=state.held and state.user == op.asked.user)

    def _force(self, state: LeaseState, op: Operation) -> list[LeaseState]:
        return _ended(state, op, possible=state.held)

    def _pause(self, state: LeaseState, op: Operation) -> list[LeaseState]:
        return _turned(state, op, paused=True)

    def _resume(self, state: LeaseState, op: Operation) -> list[LeaseState]:
        return _turned(state, op, paused=False)

    def _prolonged(self, state: LeaseState, op: Operation) -> LeaseState:
        """The server's clock was read after the request began, so the lease lasts that long; unless
        it was prolonged a moment before, and what that gave was thought to be enough.
        """
        at_least = self._ttl_s * (1 - FRESH) - CLOCK_STEP_S
        return replace(state, ends=max(state.ends, op.began + at_least))


def _done(op: Operation) -> bool:
    """Whether it took effect. One without an outcome is only tried where it did: else it is as if
    it was never sent.
    """
    return op.result is None or op.result.done


def _may_go_on(state: LeaseState, op: Operation) -> bool:
    mine = state.fence == op.asked.fence and state.user == op.asked.user
    return mine and not state.closed


def _ended(state: LeaseState, op: Operation, *, possible: bool) -> list[LeaseState]:
    if possible is not _done(op):
        return []
    if not possible:
        return [state]
    told = op.result.fence if op.result else None
    if told not in {None, state.fence}:
        return []
    return [replace(state, held=False, paused=False, closed=True)]


def _turned(state: LeaseState, op: Operation, *, paused: bool) -> list[LeaseState]:
    possible = state.held and state.user == op.asked.user and state.paused is not paused
    if possible is not _done(op):
        return []
    return [replace(state, paused=paused)] if possible else [state]


def check_leases(history: Sequence[Operation], ttl_s: float) -> Verdict:
    """Whether one rack's history is that of a lease. A claim that was refused says nothing: another
    one that was under way, and came to nothing, may be what turned it away.
    """
    told = [op for op in history if op.asked.act != "claim" or _done(op)]
    return check(told, LeaseModel(ttl_s).step, LeaseState())
