"""The sweep: racks whose leases ended are free again, and everybody is told, once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime

from app.clock import Clock
from app.errors import RedisUnavailable
from app.events import Publisher
from app.racks import tidings
from app.racks.lease_store import LeaseStore
from app.racks.store import RackStore
from app.racks.telling import Telling
from app.services.lock_manager import LockManager

AT_ONCE = 100


class Sweep:
    """Ends leases in time. MongoDB says which are over, so it needs no Redis. `note_ends` hears how
    many seconds after its end each was told.
    """

    def __init__(
        self,
        store: RackStore,
        leases: LeaseStore,
        locks: LockManager,
        publish: Publisher,
        clock: Clock,
        *,
        note_ends: Callable[[Sequence[float], datetime], None] = lambda *_: None,
    ) -> None:
        self._leases = leases
        self._locks = locks
        self._tell = Telling(store, publish)
        self._clock = clock
        self._note_ends = note_ends

    def expire_due(self) -> int:
        """Free every rack whose lease ended; how many this process freed. Safe in many at once."""
        now, freed = self._clock.now(), 0
        while expired := self._leases.expire(now, AT_ONCE):
            self._tell([after for _, after in expired], *tidings.expired(expired))
            self._note_delays([rack.lease_expires_at for rack, _ in expired])
            with suppress(RedisUnavailable):  # then the locks end by themselves
                self._locks.end_leases(tidings.locks_of([rack for rack, _ in expired]))
            freed += len(expired)
        return freed

    def _note_delays(self, ends: Sequence[datetime | None]) -> None:
        now = self._clock.now()
        delays = [(now - end).total_seconds() for end in ends if end is not None]
        if delays:
            self._note_ends(delays, now)
