"""The relay: from the event log to this process's sockets, in the log's order. The only emit.

Every process follows the log by itself, so an event reaches its screens in the same order
everywhere, and `since` means the same in all of them.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from app.clock import Clock, iso
from app.events import Logged
from app.live.audience import rooms_of
from app.services.event_log import EventLog

Emit = Callable[[str, dict[str, Any], Sequence[str] | str | None], None]
"""Emits (event, data) to some rooms, to one socket, or with None to all sockets of this process."""
Sleep = Callable[[float], None]

LAG_PAUSE_S = 0.005
LAG_PAUSES = 200


class Relay:
    """Emits events to sockets. `position` is the id of the last one that went out."""

    def __init__(self, log: EventLog, emit: Emit, clock: Clock, sleep: Sleep) -> None:
        self._log = log
        self._emit = emit
        self._clock = clock
        self._sleep = sleep
        self._lock = threading.RLock()
        self.position = 0

    def deliver(self, events: Iterable[Logged]) -> None:
        """Emit events to their rooms, in order."""
        with self._lock:
            for event in events:
                if rooms := rooms_of(event.name, event.data):
                    self._emit(event.name, event.data, rooms)
                self.position = event.id

    def catch_up(self, sid: str, *, rooms: set[str], start: int, enter: Callable[[], None]) -> None:
        """Send one socket what its rooms heard after `start`, and let it `enter` them: no event is
        left out between the two, none comes twice. Raises RedisUnavailable.
        """
        self._wait_for(start)
        start = self._replay(sid, rooms, start)
        with self._lock:
            self._replay(sid, rooms, start)
            enter()

    def send(self, sid: str, name: str, data: dict[str, Any]) -> None:
        """Emit to one socket."""
        self._emit(name, data, sid)

    def announce(self, kind: str, level: str, message: str) -> None:
        """Tell every socket of this process something about the live connection itself."""
        at = iso(self._clock.now())
        data = {"id": self.position, "type": kind, "at": at, "level": level, "message": message}
        self._emit("notification", data, None)

    def _replay(self, sid: str, rooms: set[str], start: int) -> int:
        """Send what went out after `start`; up to where. What the log holds beyond that is still to
        be delivered, and comes then.
        """
        upto = self.position
        if start < upto:
            for event in self._log.since(start, upto):
                if rooms.intersection(rooms_of(event.name, event.data)):
                    self._emit(event.name, event.data, sid)
        return max(start, upto)

    def _wait_for(self, event_id: int) -> None:
        """A screen may come from a process that is ahead; ours has the event in a moment."""
        for _ in range(LAG_PAUSES):
            if self.position >= event_id:
                return
            self._sleep(LAG_PAUSE_S)
