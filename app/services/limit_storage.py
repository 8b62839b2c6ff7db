"""The counts of the request limit in Redis: requests that arrive together are counted in one round
trip. Each is counted and judged on its own, by the library's own script.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

from limits.storage import RedisSentinelStorage, RedisStorage

from app.services.redis_address import Parser
from app.together import Together

if TYPE_CHECKING:
    import redis

SHARED = "shared+"
"""In front of a scheme that the `limits` library knows."""

_Hit = tuple[str, float, int, int, int]
"""Key, moment, limit, seconds of the window, how much it counts."""


class SharedRedisStorage(RedisStorage):
    """A Redis by its address."""

    STORAGE_SCHEME = [SHARED + scheme for scheme in ("redis", "rediss", "redis+unix")]

    def __init__(self, uri: str, **options: Any) -> None:
        usual: dict[str, Any] = {"parser_class": Parser}
        super().__init__(uri.removeprefix(SHARED), **usual, **options)
        self._hit_together = Together[_Hit, bool](self._hit_all)

    def acquire_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:
        return self._hit_together((self.prefixed_key(key), time.time(), limit, expiry, amount))

    def _hit_all(self, hits: Sequence[_Hit]) -> list[bool]:
        if len(hits) == 1:
            key, *told = hits[0]
            return [bool(self.lua_acquire_moving_window([key], told))]
        with cast("redis.Redis", self.storage).pipeline(transaction=False) as commands:
            for key, *told in hits:
                commands.eval(self.SCRIPT_ACQUIRE_MOVING_WINDOW.decode(), 1, key, *map(str, told))
            return [bool(acquired) for acquired in commands.execute()]


class SharedSentinelStorage(SharedRedisStorage, RedisSentinelStorage):
    """The Redis that leads behind Sentinels."""

    STORAGE_SCHEME = [f"{SHARED}redis+sentinel"]
