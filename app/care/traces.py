"""What servers leave in Redis: the sign that they run, and the keys that a restore removes."""

from __future__ import annotations

from app.chunks import chunks
from app.services.redis_service import RedisService

OWN_KEYS = ("rack:lock:*", "session:lock:*", "user:*", "users:active", "events:stream")
"""Leases, presence and the event log. The job queue stays: MongoDB knows what waits in it."""
AT_ONCE = 500
TAIL = "xread"
"""The command on which each server process waits for events."""


def is_served(redis: RedisService) -> bool:
    """Whether a server process runs: each follows the event log on a connection of its own."""
    number = redis.client.connection_pool.connection_kwargs.get("db") or 0
    return any(
        each["cmd"] == TAIL and int(each["db"]) == number for each in redis.client.client_list()
    )


def empty(redis: RedisService) -> None:
    """Remove our keys: leases come back from MongoDB by heartbeats, screens ask for a snapshot."""
    for pattern in OWN_KEYS:
        for keys in chunks(redis.client.scan_iter(match=pattern, count=AT_ONCE), AT_ONCE):
            redis.client.delete(*keys)
