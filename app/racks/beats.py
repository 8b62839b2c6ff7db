"""What heartbeats leave to be done: it is done for all of them together, a moment after they were
answered. A lease is prolonged when its answer goes out; this is the news of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from itertools import chain
from typing import NamedTuple

from app.afterwards import Afterwards
from app.clock import Clock
from app.errors import RedisUnavailable
from app.events import Publisher
from app.racks import tidings
from app.racks.changes import Touch
from app.racks.rack import CountSession, Rack, RackStatus
from app.racks.session_store import SessionStore
from app.racks.store import RackStore
from app.racks.telling import Telling
from app.services.lock_manager import LockManager


class Beat(NamedTuple):
    """A rack, the sign of life that prolonged its lease, and whether the floor is told of it."""

    rack: Rack
    touch: Touch
    is_told: bool = True


class Beats:
    """Notes, locks and tells what heartbeats prolonged."""

    def __init__(
        self,
        store: RackStore,
        sessions: SessionStore,
        locks: LockManager,
        publish: Publisher,
        clock: Clock,
        *,
        ttl_s: int,
    ) -> None:
        self._sessions = sessions
        self._locks = locks
        self._tell = Telling(store, publish)
        self._clock = clock
        self._ttl_s = ttl_s
        self._afterwards = Afterwards(
            self._do, key=lambda beat: beat.touch.session_id, as_one=_as_one, lasts=self._lasts
        )

    def lock(self, held: Sequence[Rack]) -> None:
        """Renew the locks of leases that MongoDB confirmed, and note that the users are here. Does
        without Redis: no rack can be claimed then, and the next beat that is news locks again.
        """
        with suppress(RedisUnavailable):
            self._locks.keep(tidings.locks_of(held), self._ttl_s)

    def note(self, beat: Beat) -> None:
        """Let a beat wait for the others. Of a session's beats the last one stands for all, with
        what was told last of the device's queue.
        """
        self._afterwards.note(beat)

    def follow_up(self) -> None:
        """Do for all that wait what is left to do: some round trips, however many they are. What
        fails is tried again with the next ones, as long as its lease. Raises the driver's errors.
        """
        self._afterwards.follow_up()

    def _lasts(self, beat: Beat) -> bool:
        return beat.touch.at > self._clock.now() - timedelta(seconds=self._ttl_s)

    def _do(self, beats: Sequence[Beat]) -> None:
        """Lock what is still held, and look once more: a session that ended before the lock loses
        it here, and one that ends after it finds the lock and gives it back itself.
        """
        alive = self._noted(beats)
        if not alive:
            return
        self.lock([beat.rack for beat in alive])
        found = self._sessions.sessions_by_id(beat.touch.session_id for beat in alive)
        live = {name: session for name, session in found.items() if session.is_open}
        over = [beat.rack for beat in alive if beat.touch.session_id not in live]
        with suppress(RedisUnavailable):
            self._locks.end_leases(tidings.locks_of(over))
        told = [b for b in alive if b.is_told and b.touch.session_id in live]
        if told:
            self._tell_of(told, live)

    def _noted(self, beats: Sequence[Beat]) -> list[Beat]:
        """Note the beats at their sessions: those whose sessions are open."""
        noted = self._sessions.note_beats([beat.touch for beat in beats])
        return [b for b, s in zip(beats, noted, strict=True) if s is not None and s.is_open]

    def _tell_of(self, beats: Sequence[Beat], live: Mapping[str, CountSession]) -> None:
        both = [(beat, live[beat.touch.session_id]) for beat in beats]
        racks = [replace(beat.rack, status=RackStatus(session.status)) for beat, session in both]
        self._tell(racks, *chain(*(tidings.beat(s, beat.touch.queue) for beat, s in both)))


def _as_one(one: Beat, other: Beat) -> Beat:
    """Of two beats of a session the later one, and what was told last of its queue."""
    first, last = sorted((one, other), key=lambda beat: beat.touch.at)
    queue = last.touch.queue or first.touch.queue
    return Beat(last.rack, replace(last.touch, queue=queue), one.is_told or other.is_told)
