"""Sockets that do not take what they are sent: their queue is bounded by ending the connection.

A client that reads comes back with `since`, and hears what it missed or gets a snapshot. One that
does not read costs no memory any more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import structlog

MOST_PACKETS = 4_000
MOST_BYTES = 16 * 1024 * 1024
"""A snapshot of 10,000 racks has 4 MiB. What the writer of a socket took in hand comes on top, at
most as much again."""

_log = structlog.get_logger("sockets")


@dataclass(frozen=True, slots=True, kw_only=True)
class Backlog:
    """What waits for one connection."""

    client: str
    packets: int
    bytes: int

    @property
    def is_too_long(self) -> bool:
        return self.packets > MOST_PACKETS or self.bytes > MOST_BYTES


class SlowSockets:
    """Ends connections whose backlog is too long."""

    def __init__(
        self, backlogs: Callable[[], Iterable[Backlog]], hang_up: Callable[[str], None]
    ) -> None:
        self._backlogs = backlogs
        self._hang_up = hang_up

    def sweep(self) -> int:
        """Look at all connections of this process; how many were ended."""
        slow = [backlog for backlog in self._backlogs() if backlog.is_too_long]
        for each in slow:
            _log.warning("too_slow", packets=each.packets, bytes=each.bytes)
            self._hang_up(each.client)
        return len(slow)
