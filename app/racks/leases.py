"""Leases: one rack, one counter.

MongoDB's registry is the truth of who holds a rack (its fence and session); the Redis lock turns
away the crowd before it gets there and ends by itself. Every change asks MongoDB's conditional
write last and tells the world after it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import partial
from uuid import uuid4

from pymongo.client_session import ClientSession

from app.auth.identity import Holder, Identity, named
from app.clock import Clock
from app.errors import HeldOnOtherDevice, LeaseLost, RackLocked, RedisUnavailable, WrongFloor
from app.events import Publisher, RackOffered
from app.racks import tidings
from app.racks.heartbeats import Heartbeats
from app.racks.lease_store import LeaseStore
from app.racks.rack import CountSession, Lease, LeaseLimits, LeaseState, Rack, RackStatus
from app.racks.rules import Move, check_accept, check_move, holds, locked, refused
from app.racks.store import RackStore
from app.racks.telling import Telling
from app.services.lock_manager import LockHolder, LockManager

LOOKS = 2
"""A claim that another one beat looks once more, so that its refusal says how the rack is now."""

CLAIM_S = 5
"""How long a claim locks the rack until it is written: longer than MongoDB may take, and short for
the others if this process dies meanwhile.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimWish:
    """What a claim may say: where the rack is thought to stand, the device, and that the caller
    takes the rack over from their other device.
    """

    floor: str | None = None
    device_id: str | None = None
    take_over: bool = False


class Leases:
    """The moves of racks. Heartbeats keep what this gives."""

    def __init__(
        self,
        store: RackStore,
        leases: LeaseStore,
        locks: LockManager,
        publish: Publisher,
        clock: Clock,
        *,
        heartbeats: Heartbeats,
        limits: LeaseLimits,
    ) -> None:
        self._store = store
        self._leases = leases
        self._locks = locks
        self._publish = publish
        self._tell = Telling(store, publish)
        self._clock = clock
        self._heartbeats = heartbeats
        self._limits = limits

    # ── taking a rack ────────────────────────────────────────────────────────────────────────────

    def claim(self, rack_id: str, *, by: Identity, wish: ClaimWish) -> Lease:
        """Give the caller the rack. The holder's own claim on the same device answers as before.

        One holder a rack and fence: not that the holder keeps it longer than the lease.

        Raises:
            RackUnknown, WrongFloor, RackLocked, HeldOnOtherDevice, PassTaken, IllegalMove,
            TooManySessions, RedisUnavailable.
        """
        holder = Holder.of(by, wish.device_id)
        for _ in range(LOOKS):
            rack = self._store.rack(rack_id)
            if wish.floor is not None and wish.floor != rack.floor:
                raise WrongFloor(rack_id, floor=rack.floor)
            if holds(rack, by):
                return self._claim_again(rack, holder, by, wish)
            check_move(rack, Move.CLAIM, by)
            lease = self._lease(rack, "The rack is yours.", fence=rack.next_fence)
            if self._take(rack, lease, holder):
                return lease
        raise locked(self._store.rack(rack_id))

    def accept(self, rack_id: str, *, by: Identity, wish: ClaimWish) -> Lease:
        """Accept a rack that its holder offered: the token moves, and the count goes on under it.

        Raises:
            RackUnknown, NothingOffered, PassTaken, TooManySessions, LeaseLost.
        """
        rack = self._store.rack(rack_id)
        check_accept(rack, by)
        return self._move_token(rack, Holder.of(by, wish.device_id), "The rack was handed to you.")

    def _take(self, rack: Rack, lease: Lease, holder: Holder) -> bool:
        """Lock the rack and write the lease; whether this claim was the first. Where it was not, or
        the write fails, the lock is given back.
        """
        self._lock(lease, holder)
        taken = None
        try:
            taken = self._leases.take(
                rack, lease, holder, now=self._clock.now(), max_open=self._limits.max_open
            )
        finally:
            if taken is None:
                self._unlock([(lease.rack_id, tidings.lock_for(holder, lease))])
        if taken is not None:
            self._started(taken, lease, holder)
        return taken is not None

    def _claim_again(self, rack: Rack, holder: Holder, by: Identity, wish: ClaimWish) -> Lease:
        held_on = rack.holder
        if held_on is None or held_on.device_id == holder.device_id:
            return self._same_lease(rack, by)
        if not wish.take_over:
            raise HeldOnOtherDevice(rack.rack_id, holder=asdict(held_on))
        check_move(rack, Move.TAKE_OVER, by)
        return self._move_token(rack, holder, "You go on with this rack here.")

    def _same_lease(self, rack: Rack, by: Identity) -> Lease:
        session_id = rack.session_id or ""
        if self._heartbeats.beat(session_id, by=by).state is not LeaseState.HELD:
            raise LeaseLost(rack.rack_id)
        return self._lease(
            rack, "You hold this rack already.", fence=rack.fence, session_id=session_id
        )

    def _move_token(self, rack: Rack, holder: Holder, message: str) -> Lease:
        lease = self._lease(rack, message, fence=rack.fence)
        taken = self._leases.take_over(
            rack, lease, holder, now=self._clock.now(), max_open=self._limits.max_open
        )
        if taken is None:
            raise LeaseLost(rack.rack_id)
        self._unlock_of(rack)
        self._publish(*tidings.session_moved(rack, Move.TAKE_OVER))
        self._started(taken, lease, holder)
        return lease

    def _started(self, rack: Rack, lease: Lease, holder: Holder) -> None:
        """The lease is written: lock the rack for its whole life, and tell."""
        lock = tidings.lock_for(holder, lease)
        with suppress(RedisUnavailable):
            self._locks.start_lease(lease.rack_id, lock, lease.ttl_s, floor=lease.floor)
        self._tell([rack], *tidings.started(rack, lease, holder))

    # ── giving it back ───────────────────────────────────────────────────────────────────────────

    def pause(self, rack_id: str, *, by: Identity) -> Rack:
        """The holder stops for a while and keeps the rack. Raises as `check_move`, LeaseLost."""
        rack = self._checked(rack_id, Move.PAUSE, by)
        return self._told(rack, self._leases.pause(rack), Move.PAUSE)

    def resume(self, rack_id: str, *, by: Identity) -> Rack:
        """The holder goes on. Raises as `check_move`, LeaseLost."""
        rack = self._checked(rack_id, Move.RESUME, by)
        return self._told(rack, self._leases.resume(rack), Move.RESUME)

    def release(self, rack_id: str, *, by: Identity) -> Rack:
        """The holder gives the rack back uncounted. Raises as `check_move`, LeaseLost."""
        rack = self._checked(rack_id, Move.RELEASE, by)
        freed = self._leases.release(rack, now=self._clock.now(), reason="released")
        return self._told(rack, freed, Move.RELEASE)

    def complete(
        self, session: CountSession, *, by: Identity, uncounted: Sequence[Mapping[str, str]]
    ) -> Rack:
        """The holder finished the rack, and said this of the items that nobody counted.

        Raises as `check_move`, LeaseLost.
        """
        rack = self._checked(session.rack_id, Move.COMPLETE, by)
        if rack.session_id != session.session_id:
            raise LeaseLost(rack.rack_id)
        done = self._leases.complete(rack, by.user_id, now=self._clock.now(), uncounted=uncounted)
        return self._told(rack, done, Move.COMPLETE)

    def offer(self, rack_id: str, *, by: Identity, colleague: Holder) -> Rack:
        """The holder offers the rack to a colleague, who is told. Raises as `check_move`."""
        rack = self._checked(rack_id, Move.HAND_OVER, by)
        offered = self._leases.offer(rack, colleague.user_id)
        if offered is None:
            raise LeaseLost(rack_id)
        self._publish(
            RackOffered(
                user_id=colleague.user_id,
                rack_id=rack_id,
                floor=rack.floor,
                level="info",
                message=f"{by.name} offers you rack {rack_id}.",
                by=named(by),
            )
        )
        return offered

    def force_release(self, rack_id: str, *, by: Identity, reason: str) -> Rack:
        """A supervisor ends the holder's lease. Raises as `check_move`, LeaseLost."""
        rack = self._checked(rack_id, Move.FORCE_RELEASE, by)
        freed = self._leases.release(rack, now=self._clock.now(), reason=reason)
        return self._told(rack, freed, Move.FORCE_RELEASE, reason, by)

    def recount(self, rack_id: str, *, by: Identity, reason: str) -> Rack:
        """A supervisor asks for the rack's next pass, by another person. Raises as `check_move`."""
        rack = self._checked(rack_id, Move.RECOUNT, by)
        freed = self._leases.recount(rack, now=self._clock.now(), reason=reason)
        return self._told(rack, freed, Move.RECOUNT, reason, by)

    def recount_within(
        self, s: ClientSession, rack_id: str, *, by: Identity, reason: str, item: str
    ) -> Callable[[], object]:
        """Ask for the next pass as a part of the caller's transaction; where the rack waits for one
        already, see that it is of this item too. What this returns is to be called once that is
        committed: it gives back the lock and tells. Raises as `check_move`.
        """
        rack = self._store.rack(rack_id, s)
        check_move(rack, Move.RECOUNT, by)
        if rack.recount and rack.status is RackStatus.AVAILABLE:
            if rack.recount_items:
                self._leases.widen_recount(rack, [item], within=s)
            return lambda: None
        freed = self._leases.recount(rack, now=self._clock.now(), reason=reason, within=s)
        if freed is None:
            raise refused(rack, Move.RECOUNT)
        return partial(self._told, rack, freed, Move.RECOUNT, reason)

    def _checked(self, rack_id: str, move: Move, by: Identity) -> Rack:
        rack = self._store.rack(rack_id)
        check_move(rack, move, by)
        return rack

    def _told(
        self,
        before: Rack,
        after: Rack | None,
        move: Move,
        reason: str | None = None,
        by: Identity | None = None,
    ) -> Rack:
        if after is None:
            raise refused(self._store.rack(before.rack_id), move)
        if after.session_id is None:
            self._unlock_of(before)
        self._tell([after], *tidings.moved(before, after, move, reason, by))
        return after

    # ── locks ────────────────────────────────────────────────────────────────────────────────────

    def _lease(
        self, rack: Rack, message: str, *, fence: int, session_id: str | None = None
    ) -> Lease:
        return Lease(
            rack_id=rack.rack_id,
            floor=rack.floor,
            session_id=session_id or uuid4().hex,
            fence=fence,
            pass_no=rack.pass_no,
            blind=rack.blind,
            recount_items=rack.recount_items,
            ttl_s=self._limits.ttl_s,
            message=message,
        )

    def _lock(self, lease: Lease, holder: Holder) -> None:
        """Turn away who comes second. The caller's own lock is no obstacle: it is of a claim whose
        answer got lost, or of one that runs beside this one, and MongoDB decides between them.
        """
        held = self._locks.acquire_rack_lock(
            lease.rack_id,
            holder.user_id,
            min(CLAIM_S, lease.ttl_s),
            session_id=lease.session_id,
            fence=lease.fence,
            name=holder.name,
            device_id=holder.device_id or "",
        )
        if not held:
            other = self._locks.get_rack_lock(lease.rack_id)
            if other is not None and other.user_id != holder.user_id:
                raise RackLocked(
                    lease.rack_id, holder={"user_id": other.user_id, "name": other.name}
                )

    def _unlock_of(self, rack: Rack) -> None:
        """Give back the lock of who held the rack."""
        self._unlock(tidings.locks_of([rack]))

    def _unlock(self, locks: Sequence[tuple[str, LockHolder]]) -> None:
        """Give locks back; where Redis is away they end by themselves."""
        with suppress(RedisUnavailable):
            self._locks.end_leases(locks)
