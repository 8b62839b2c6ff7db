"""The loops that a server process runs beside its requests, each supervised."""

from __future__ import annotations

from collections.abc import Callable

import redis
import structlog

from app.errors import RedisUnavailable
from app.live.relay import Relay
from app.racks.leases import Leases
from app.services.event_log import EventLog, EventTail

SWEEP_EVERY_S = 0.5
"""Twice a second: an expiry is on the maps within about a second, inside the two we promise."""
RETRY_S = 0.5

_log = structlog.get_logger("background")
Sleep = Callable[[float], None]
Spawn = Callable[[Callable[[], None]], None]


class Background:
    """Starts the loops, and ends them at the next turn of each."""

    def __init__(
        self, leases: Leases, follower: EventFollower, *, spawn: Spawn, sleep: Sleep
    ) -> None:
        self._leases = leases
        self._follower = follower
        self._spawn = spawn
        self._sleep = sleep
        self._running = False

    def start(self) -> None:
        """Run the loops until `stop`."""
        self._running = True
        self._spawn(lambda: self._supervise("lease_sweep", self._leases.expire_due, SWEEP_EVERY_S))
        self._spawn(lambda: self._supervise("event_tail", self._follower.follow, 0))

    def stop(self) -> None:
        self._running = False

    def _supervise(self, name: str, turn: Callable[[], object], pause_s: float) -> None:
        """Run turn after turn; a turn that fails is logged and tried again a little later."""
        while self._running:
            try:
                turn()
                self._sleep(pause_s)
            except Exception as error:  # noqa: BLE001 — the one place: a loop outlives its turns
                _log.warning("turn_failed", loop=name, error=repr(error)[:200])
                self._sleep(RETRY_S)


class EventFollower:
    """Follows the event log into the relay, and tells the screens when it is behind."""

    def __init__(self, tail: EventTail, log: EventLog, relay: Relay) -> None:
        self._tail = tail
        self._log = log
        self._relay = relay
        self._behind = True

    def follow(self) -> None:
        """One turn: wait a moment for events and deliver them."""
        try:
            if self._behind:
                self._catch_up()
            self._relay.deliver(self._tail.read(self._relay.position))
            self._log.tell_gap()
        except (redis.ConnectionError, redis.TimeoutError, RedisUnavailable):
            if not self._behind:
                self._behind = True
                self._relay.announce("live_behind", "warning", "The live view is behind.")
            raise

    def _catch_up(self) -> None:
        """Redis is back. Where its log no longer reaches back, screens ask for a snapshot."""
        if not self._log.reaches_back_to(self._relay.position):
            self._relay.position = self._log.last_id()
        self._behind = False
        self._relay.announce("live_caught_up", "info", "The live view is up to date again.")
