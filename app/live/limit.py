"""The request limit, for what comes over sockets: a connection, and each event, counts like a
request of its user.
"""

from __future__ import annotations

from contextlib import suppress
from functools import cache

from flask import current_app
from limits import RateLimitItem, parse
from redis.exceptions import RedisError

from app.api.context import user_key
from app.auth.identity import Identity
from app.errors import TooManyRequests
from app.extensions import limiter
from app.services.circuit_breaker import BreakerState, get_circuit_breaker

ALL_ADDRESSES = "global"
"""What the library calls the limit of all addresses together."""


def count_event(identity: Identity) -> None:
    """Count an event. Raises TooManyRequests. Without Redis, until a request of anybody's notices
    that, it is counted by nobody, and waits for nothing.
    """
    if get_circuit_breaker("redis").state is BreakerState.OPEN:
        return
    limit = _parsed(current_app.config["REQUEST_LIMIT"])
    with suppress(RedisError):
        if not limiter.limiter.hit(limit, user_key(identity), ALL_ADDRESSES):
            raise TooManyRequests


@cache
def _parsed(limit: str) -> RateLimitItem:
    return parse(limit)
