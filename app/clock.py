"""Time as a part like any other: use cases get a Clock, tests give them one they can move."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """What the rooms know of time."""

    def now(self) -> datetime:
        """The wall clock, in UTC, to the millisecond (what MongoDB keeps)."""

    def monotonic(self) -> float:
        """Seconds on a clock that never goes back; only differences mean something."""


class SystemClock:
    """The real clock of this machine."""

    def now(self) -> datetime:
        moment = datetime.now(UTC)
        return moment.replace(microsecond=moment.microsecond // 1000 * 1000)

    def monotonic(self) -> float:
        return time.monotonic()


def iso(moment: datetime) -> str:
    """UTC as ISO 8601 with milliseconds and `Z`, the only form of a time in JSON."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
