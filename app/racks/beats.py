"""What heartbeats leave to be done: it is done for all of them together, a moment after they were
answered. A lease is prolonged when its answer goes out; this is the news of it.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import chain

from app.errors import RedisUnavailable
from app.events import Publisher
from app.racks import tidings
from app.racks.changes import Touch
from app.racks.rack import Rack
from app.racks.session_store import SessionStore
from app.racks.store import RackStore
from app.racks.telling import Telling
from app.services.lock_manager import LockManager


class Beats:
    """Notes, locks and tells what heartbeats prolonged."""

    def __init__(
        self,
        store: RackStore,
        sessions: SessionStore,
        locks: LockManager,
        publish: Publisher,
        *,
        ttl_s: int,
    ) -> None:
        self._sessions = sessions
        self._locks = locks
        self._tell = Telling(store, publish)
        self._ttl_s = ttl_s
        self._mutex = threading.Lock()
        self._waiting: dict[str, tuple[Rack, Touch]] = {}

    def lock(self, held: Sequence[Rack]) -> None:
        """Renew the locks of leases that MongoDB confirmed, and note that the users are here. Does
        without Redis: no rack can be claimed then, and the next beat locks again.
        """
        with suppress(RedisUnavailable):
            self._locks.keep(tidings.locks_of(held), self._ttl_s)

    def note(self, rack: Rack, touch: Touch) -> None:
        """Let a beat that prolonged the lease of a rack wait for the others. Of a session's beats
        the last one stands for all, with what was told last of the device's queue.
        """
        with self._mutex:
            before = self._waiting.get(touch.session_id)
            if before is not None and touch.queue is None:
                touch = replace(touch, queue=before[1].queue)
            self._waiting[touch.session_id] = rack, touch

    def follow_up(self) -> None:
        """Do for all that wait what is left to do, in as many round trips as for one. What fails is
        tried again with the next ones. Raises the driver's errors.
        """
        with self._mutex:
            waiting, self._waiting = self._waiting, {}
        if not waiting:
            return
        try:
            self._do([rack for rack, _ in waiting.values()], [t for _, t in waiting.values()])
        except BaseException:
            with self._mutex:
                self._waiting = waiting | self._waiting
            raise

    def _do(self, racks: Sequence[Rack], touches: Sequence[Touch]) -> None:
        """Lock before looking: a session that ends before the look loses its lock here, and one
        that ends after it finds the lock and gives it back itself.
        """
        self.lock(racks)
        sessions = self._sessions.note_beats(touches)
        live = {s.session_id: s for s in sessions if s is not None and s.is_open}
        with suppress(RedisUnavailable):
            over = [rack for rack in racks if rack.session_id not in live]
            self._locks.end_leases(tidings.locks_of(over))
        beats = [tidings.beat(live[t.session_id], t.queue) for t in touches if t.session_id in live]
        self._tell([r for r in racks if r.session_id in live], *chain.from_iterable(beats))
