"""Keeps the private servers running: one that dies while the program runs is started again.

It comes back on its old address with all that it acknowledged, so that whoever lost it finds it by
itself. Meanwhile the breakers are open, and health tells that it is away.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

from app.embedded.server import Server, ServersUnavailable

LOOK_EVERY_S = 0.2
AT_ONCE_S = 10.0
"""Whoever died sooner died of its start."""
PAUSE_S = 1.0
"""Between a death at once and the next start; the first start comes at once."""
DEATHS_AT_ONCE = 3

Told = Callable[[str], object]


@dataclass(slots=True)
class _Watched:
    server: Server
    started_at: float
    deaths_at_once: int = 0
    starts_at: float | None = None


class Watch:
    """Looks after servers that run already. Look from a thread that lives as long as they shall."""

    def __init__(
        self,
        *servers: Server,
        monotonic: Callable[[], float] = time.monotonic,
        tell: Told = sys.stderr.write,
    ) -> None:
        self._monotonic = monotonic
        self._tell = tell
        self._watched: list[_Watched] = []
        self.failure: ServersUnavailable | None = None
        """Why they cannot be kept running; then nobody looks any more."""
        self.over(*servers)

    def over(self, *servers: Server) -> None:
        """Look after these, which were just started."""
        self._watched = [_Watched(server, self._monotonic()) for server in servers]

    def stop(self) -> None:
        """Leave them alone from now on: they are about to end."""
        self._watched = []

    def look(self) -> None:
        """Start whoever ended. Call it several times a second.

        Raises:
            ServersUnavailable: one ended DEATHS_AT_ONCE times right after its start.
        """
        for watched in self._watched:
            if watched.server.has_ended():
                self._revive(watched)

    def keep(self, sleep: Callable[[float], None], give_up: Callable[[], object]) -> None:
        """Look until `stop`; where that is in vain, `failure` says why, and `give_up` is called."""
        while self._watched:
            try:
                self.look()
            except ServersUnavailable as failure:
                self.failure = failure
                self.stop()
                give_up()
            sleep(LOOK_EVERY_S)

    def _revive(self, watched: _Watched) -> None:
        now = self._monotonic()
        if watched.starts_at is None:
            self._note_death(watched, now)
        if watched.starts_at is not None and now >= watched.starts_at:
            watched.server.launch()
            watched.started_at, watched.starts_at = now, None

    def _note_death(self, watched: _Watched, now: float) -> None:
        server = watched.server
        is_at_once = now - watched.started_at < AT_ONCE_S
        watched.deaths_at_once = watched.deaths_at_once + 1 if is_at_once else 0
        if watched.deaths_at_once >= DEATHS_AT_ONCE:
            raise server.failure()
        watched.starts_at = now + PAUSE_S * watched.deaths_at_once
        code = server.child.returncode if server.child else None
        self._tell(f"{server.name} ended with code {code}; it is started again.\n")
