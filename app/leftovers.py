"""What nobody owns any more, told from what is being made: that has no owner yet."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta


class Unowned:
    """Remembers since when things are seen without an owner; those are left over after `grace`."""

    def __init__(self, grace: timedelta) -> None:
        self._grace = grace
        self._since: dict[str, datetime] = {}

    def left_over(self, seen: Iterable[str], now: datetime) -> list[str]:
        """Of what is seen without an owner now, what was so all the time of the grace."""
        self._since = {name: self._since.get(name, now) for name in seen}
        return [name for name, since in self._since.items() if now - since >= self._grace]
