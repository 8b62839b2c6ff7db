"""The roll call of the server processes: one that dies without a word may have left some untold.

An event is told after its write. A process that is killed between the two leaves a change that no
screen hears of, so whoever finds it missing has all screens look anew.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from time import time
from uuid import uuid4

from app.errors import RedisUnavailable
from app.services.event_log import EventLog
from app.services.redis_service import RedisService

KEY = "processes:alive"
SILENT_S = 8
"""A process that was not heard of for so long is dead; or it stood still, and a look too many does
no harm.
"""
EVERY_S = 1.0


_CALL = (Path(__file__).parent / "lua" / "roll_call.lua").read_text()


class RollCall:
    """What a process has to do with it."""

    def __init__(
        self, redis_service: RedisService, log: EventLog, now: Callable[[], float] = time
    ) -> None:
        self._redis = redis_service
        self._log = log
        self._now = now
        self._me = uuid4().hex
        self._call = redis_service.script(_CALL)

    def answer(self) -> None:
        """Say that this process lives. Where another fell silent, the log has a gap to tell.

        Raises RedisUnavailable.
        """
        now = self._now()
        if self._call(keys=[KEY], args=[self._me, now, now + SILENT_S]):
            self._log.note_gap()

    def leave(self) -> None:
        """The process ends, and has told everything."""
        with suppress(RedisUnavailable):
            self._redis.zrem(KEY, self._me)
