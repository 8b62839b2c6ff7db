"""A clock that stands still until a test moves it."""

from __future__ import annotations

from datetime import timedelta

from app.clock import SystemClock


class MovableClock:
    """Starts now, because the database's own clock removes what has expired."""

    def __init__(self) -> None:
        self._now = SystemClock().now()
        self._monotonic = 0.0

    def now(self):
        return self._now

    def monotonic(self):
        return self._monotonic

    def move(self, seconds: float) -> None:
        self._now += timedelta(seconds=seconds)
        self._monotonic += seconds
