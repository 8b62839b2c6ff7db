"""RedisService: the process's one pooled Redis client.

Every command goes through `_ask`: a breaker in front, and one domain error, RedisUnavailable, for
"Redis cannot answer". A command is sent again where its connection turned out to be broken (a
restart of Redis breaks all of them), so our scripts are such that running twice is like once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from time import perf_counter
from typing import Any

import redis
from redis.backoff import ExponentialWithJitterBackoff
from redis.client import Pipeline, PubSub
from redis.commands.core import Script
from redis.retry import Retry

from app.errors import RedisUnavailable
from app.services.circuit_breaker import BreakerOpen, get_circuit_breaker
from app.services.redis_address import Parser, client_of, is_sentinel

MAX_CONNECTIONS = 50
TIMEOUT_S = 5
BREAKER_FAILURES = 3
BREAKER_TIMEOUT_S = 2
"""Its return is noticed within this and one command. With a trial each second a count beside a
Redis that hangs would wait for six of them.
"""
_NO_WRITES = re.compile(r"\b(MISCONF|OOM|READONLY|NOREPLICAS|MASTERDOWN|CLUSTERDOWN)\b")


class RedisService:
    """Redis with reconnection. Values are text; all methods raise RedisUnavailable."""

    def __init__(
        self, url: str = "redis://127.0.0.1:6379/0", client: redis.Redis | None = None
    ) -> None:
        self.client = client or _new_client(url)
        self._breaker = get_circuit_breaker("redis", BREAKER_FAILURES, BREAKER_TIMEOUT_S)

    def connect(self) -> bool:
        """Whether Redis answers now. Later calls reconnect by themselves."""
        try:
            return bool(self._ask(self.client.ping))
        except RedisUnavailable:
            return False

    def disconnect(self) -> None:
        """Close all connections of this process."""
        self.client.close()
        self.client.connection_pool.disconnect()

    def health_check(self) -> dict[str, Any]:
        """Latency in ms, version, clients and memory; `healthy` False where Redis is away."""
        started = perf_counter()
        try:
            info: dict[str, Any] = self._ask(self.client.info)
        except RedisUnavailable:
            return {"healthy": False, "breaker": self._breaker.state.value}
        return {
            "healthy": True,
            "latency_ms": round((perf_counter() - started) * 1000, 3),
            "version": info.get("redis_version"),
            "connected_clients": info.get("connected_clients"),
            "used_memory_bytes": info.get("used_memory"),
            "breaker": self._breaker.state.value,
        }

    def get(self, key: str) -> str | None:
        return self._ask(self.client.get, key)

    def set(
        self, key: str, value: str, *, ttl: float | None = None, only_new: bool = False
    ) -> bool:
        """Set a key, for `ttl` seconds where given; with `only_new` only where it is free."""
        px = None if ttl is None else int(ttl * 1000)
        return bool(self._ask(self.client.set, key, value, px=px, nx=only_new))

    def delete(self, *keys: str) -> int:
        return self._ask(self.client.delete, *keys)

    def exists(self, *keys: str) -> int:
        return self._ask(self.client.exists, *keys)

    def expire(self, key: str, ttl: float) -> bool:
        return bool(self._ask(self.client.pexpire, key, int(ttl * 1000)))

    def ttl(self, key: str) -> int:
        """Whole seconds a key has left; -1 without an end, -2 where there is none."""
        return self._ask(self.client.ttl, key)

    def incr(self, key: str, amount: int = 1) -> int:
        return self._ask(self.client.incrby, key, amount)

    def hset(self, key: str, mapping: Mapping[str, str | int | float]) -> int:
        return self._ask(self.client.hset, key, mapping=dict(mapping))

    def hget(self, key: str, field: str) -> str | None:
        return self._ask(self.client.hget, key, field)

    def hgetall(self, key: str) -> dict[str, str]:
        return self._ask(self.client.hgetall, key)

    def hdel(self, key: str, *fields: str) -> int:
        return self._ask(self.client.hdel, key, *fields)

    def sadd(self, key: str, *members: str) -> int:
        return self._ask(self.client.sadd, key, *members)

    def srem(self, key: str, *members: str) -> int:
        return self._ask(self.client.srem, key, *members)

    def smembers(self, key: str) -> AbstractSet[str]:
        return self._ask(self.client.smembers, key)

    def zadd(self, key: str, scores: Mapping[str, float]) -> int:
        return self._ask(self.client.zadd, key, dict(scores))

    def zrange(self, key: str, start: float, end: float, *, by_score: bool = False) -> list[str]:
        return self._ask(self.client.zrange, key, start, end, byscore=by_score)

    def zrem(self, key: str, *members: str) -> int:
        return self._ask(self.client.zrem, key, *members)

    def publish(self, channel: str, message: str) -> int:
        """Tell the channel; how many subscribers there are."""
        return self._ask(self.client.publish, channel, message)

    def xrange(
        self, key: str, start: str, end: str, count: int
    ) -> list[tuple[str, dict[str, str]]]:
        return self._ask(self.client.xrange, key, start, end, count)

    def xrevrange(self, key: str, count: int) -> list[tuple[str, dict[str, str]]]:
        return self._ask(self.client.xrevrange, key, "+", "-", count)

    def script(self, source: str) -> Callable[..., Any]:
        """A Lua script as a function of `keys` and `args`, run in one atomic step."""
        registered: Script = self.client.register_script(source)
        return lambda *, keys, args: self._ask(registered, keys=keys, args=args)

    @contextmanager
    def pipeline(self) -> Iterator[Pipeline]:
        """Commands that travel together; the caller executes. No transaction."""
        with self._guarded(), self.client.pipeline(transaction=False) as commands:
            yield commands

    def subscriber(self) -> PubSub:
        """A connection of its own that hears channels. Raises the errors of redis-py."""
        return self.client.pubsub(ignore_subscribe_messages=True)  # type: ignore[no-untyped-call]

    def _ask(self, command: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        with self._guarded():
            return command(*args, **kwargs)

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        try:
            self._breaker.acquire()
        except BreakerOpen:
            raise RedisUnavailable from None
        try:
            yield
        except redis.TimeoutError as error:
            self._breaker.trip()
            raise RedisUnavailable from error
        except redis.ConnectionError as error:
            self._breaker.record_failure()
            raise RedisUnavailable from error
        except redis.ResponseError as error:
            if not _takes_no_writes(error):
                raise
            self._breaker.record_failure()
            raise RedisUnavailable from error
        self._breaker.record_success()


def _takes_no_writes(error: redis.ResponseError) -> bool:
    """Whether Redis lives and refuses what it should do: its disk or memory is full, or it is no
    master just now. A script and a pipeline tell the server's code within their own words.
    """
    if isinstance(error, redis.OutOfMemoryError | redis.ReadOnlyError):
        return True
    told = str(error).rpartition(" caused error: ")[2]
    return _NO_WRITES.search(told) is not None


def _new_client(url: str) -> redis.Redis:
    """A client that connects at the first use, and whose callers wait for a free connection: a busy
    moment is no lost Redis. Behind Sentinels each caller gets one of its own at once.
    """
    backoff = ExponentialWithJitterBackoff(cap=0.2, base=0.02)
    options: dict[str, Any] = {
        "decode_responses": True,
        "socket_timeout": TIMEOUT_S,
        "socket_connect_timeout": TIMEOUT_S,
        "retry": Retry(backoff, 2, supported_errors=(redis.ConnectionError,)),
    }
    if is_sentinel(url):
        return client_of(url, **options)
    pool = redis.BlockingConnectionPool.from_url(
        url, max_connections=MAX_CONNECTIONS, timeout=TIMEOUT_S, parser_class=Parser, **options
    )
    return redis.Redis.from_pool(pool)
