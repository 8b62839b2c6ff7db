"""The loops that a server process runs beside its requests, each supervised."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import redis
import structlog

from app.errors import RedisUnavailable
from app.events import Logged
from app.live.farewell import Farewell
from app.live.relay import Relay
from app.racks.sweep import Sweep
from app.services.event_log import EventLog, EventTail

SWEEP_EVERY_S = 0.5
"""Twice a second: an expiry is on the maps within about a second, inside the two we promise."""
RETRY_S = 0.5
NEWS_EVERY_S = 0.25
"""How long the news of a heartbeat or a batch waits at most for others to be told with."""
LOG_EVERY_S = 1.0
"""How long an entry of the activity log waits at most for others to be written with."""
LOG_SWEEP_EVERY_S = 300
"""A turn removes 20,000 entries at most: so many turns are more than a thousand counters write."""
TALLY_EVERY_S = 1.0
"""How long a finished rack waits at most for its count lines, unless somebody looks sooner."""
CUSTODY_EVERY_S = 2.0
"""How long the counts of a session that ended wait at most to become links of their chain."""
LEFTOVERS_EVERY_S = 300
"""What nobody needs any more takes room, no more: it may wait."""
JOBS_EVERY_S = 2
"""How long a job that a dead worker left waits, once its worker is thought dead."""
SCHEDULES_EVERY_S = 5
SNAPSHOTS_EVERY_S = 300
SLOW_EVERY_S = 0.5
"""What a socket is sent in this time comes on top of what may wait for it."""
FAREWELL_EVERY_S = 15
"""Only a safety net: the event log tells of a sign-in's end at once."""

_log = structlog.get_logger("background")
Sleep = Callable[[float], None]
Spawn = Callable[[Callable[[], None]], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Loop:
    """A turn that is taken again and again; with `at_the_end` once more when all have ended."""

    name: str
    turn: Callable[[], object]
    pause_s: float
    at_the_end: bool = False


class Background:
    """Starts the loops, and ends them at the next turn of each."""

    def __init__(
        self,
        sweep: Sweep,
        follower: EventFollower,
        farewell: Farewell,
        *further: Loop,
        spawn: Spawn,
        sleep: Sleep,
        on_failure: Callable[[str, Exception], None] = lambda *_: None,
    ) -> None:
        self._loops = (
            Loop(name="lease_sweep", turn=sweep.expire_due, pause_s=SWEEP_EVERY_S),
            Loop(name="event_tail", turn=follower.follow, pause_s=0),
            Loop(name="farewell", turn=farewell.sweep, pause_s=FAREWELL_EVERY_S),
            *further,
        )
        self._spawn = spawn
        self._sleep = sleep
        self._on_failure = on_failure
        self._running = False
        self._failing: set[str] = set()

    def start(self) -> None:
        """Run the loops until `stop`."""
        self._running = True
        for loop in self._loops:
            self._spawn(partial(self._supervise, loop))

    def stop(self) -> None:
        """End the loops; what they still have to write is written."""
        self._running = False
        for loop in self._loops:
            if loop.at_the_end:
                self._take(loop)

    def _supervise(self, loop: Loop) -> None:
        """Run turn after turn; one that fails is tried again a little later."""
        while self._running:
            self._sleep(loop.pause_s if self._take(loop) else RETRY_S)

    def _take(self, loop: Loop) -> bool:
        """One turn; whether it worked. The first of a row that fails is logged, unless all ends
        anyway: an outage fails each turn of several loops.
        """
        try:
            loop.turn()
        except Exception as error:  # noqa: BLE001 — the one place: a loop outlives its turns
            if self._running or loop.at_the_end:
                self._tell_once(loop.name, error)
                self._on_failure(loop.name, error)
            return False
        self._failing.discard(loop.name)
        return True

    def _tell_once(self, name: str, error: Exception) -> None:
        if name not in self._failing:
            self._failing.add(name)
            _log.warning("turn_failed", loop=name, error=repr(error)[:200])


class EventFollower:
    """Follows the event log into the relay, and tells the screens when it is behind. `heed` are
    called with each event after the screens have it.
    """

    def __init__(
        self,
        tail: EventTail,
        log: EventLog,
        relay: Relay,
        *heed: Callable[[Logged], None],
    ) -> None:
        self._tail = tail
        self._log = log
        self._relay = relay
        self._heed = heed
        self._behind = True

    def follow(self) -> None:
        """One turn: wait a moment for events and deliver them."""
        try:
            if self._behind:
                self._catch_up()
            self._log.tell_gap()
            self._hand_on(self._tail.read(self._relay.position))
        except (redis.ConnectionError, redis.TimeoutError, RedisUnavailable):
            if not self._behind:
                self._behind = True
                self._relay.announce("live_behind", "warning", "The live view is behind.")
            raise

    def _hand_on(self, events: Sequence[Logged]) -> None:
        self._relay.deliver(events)
        for event in events:
            for heed in self._heed:
                heed(event)

    def _catch_up(self) -> None:
        """Redis is there, at the start or again. Where its log no longer reaches back to what the
        screens have seen, they are told that they missed something.
        """
        if not self._log.reaches_back_to(self._relay.position):
            if self._relay.position:
                self._log.note_gap()
            self._relay.position = self._log.last_id()
        self._behind = False
        self._relay.announce("live_caught_up", "info", "The live view is up to date again.")
