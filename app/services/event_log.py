"""The event log: a bounded Redis stream that gives events their ids and keeps the latest.

An id is a whole number, `ms * 1000 + seq` of the stream entry: it grows over processes and hosts,
keeps growing when Redis comes back empty (it is time), and JavaScript holds it exactly until 2255.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import Any

import orjson
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from app.clock import Clock, iso
from app.errors import RedisUnavailable
from app.events import GLOBAL_CHANNEL, Logged
from app.services.redis_address import client_of
from app.services.redis_service import RedisService
from app.together import joined

STREAM = "events:stream"
KEPT = 20_000
"""Entries kept, about: at 100 events a second a screen may be away for three minutes."""
MOST_REPLAYED = 2_000
"""Beyond this the whole map is less to send than what happened on it, and no socket's queue is
filled by its own replay.
"""
CHUNK = 1_000
TAIL_TIMEOUT_S = 3
"""Longer than a tail's XREAD blocks."""

_APPEND = (Path(__file__).parent / "lua" / "append_events.lua").read_text()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """How many events this process could not tell, and since when all others are kept (None: the
    log is empty).
    """

    missed: int
    since: datetime | None


class EventLog:
    """Appends events and reads them back. `missed` counts those that Redis was not there for."""

    def __init__(self, redis_service: RedisService, clock: Clock) -> None:
        self._redis = redis_service
        self._clock = clock
        self._append = redis_service.script(_APPEND)
        self._append_together = joined(self._append_all)
        self.missed = 0

    def append(self, events: Sequence[tuple[str, str, dict[str, Any]]]) -> list[int]:
        """Append (name, channel, data) triples; their ids, or none while Redis is away.

        An event tells of a write that is already safe, so a Redis that is away loses no count: it
        is counted in `missed`, and screens get a snapshot when Redis is back.
        """
        return self._append_together(
            [(name, channel, orjson.dumps(data)) for name, channel, data in events]
        )

    def note_gap(self) -> None:
        """The log came back without events that it had: `tell_gap` shall tell so."""
        self.missed += 1

    def tell_gap(self) -> None:
        """After an outage: tell every screen to ask for a snapshot, as events are missing. The
        notice stands in the log, so that a screen which was away meets it too.

        Raises:
            RedisUnavailable: it cannot be told yet, as Redis takes no writes.
        """
        missed, self.missed = self.missed, 0
        if not missed:
            return
        gap = {
            "type": "live_gap",
            "at": iso(self._clock.now()),
            "level": "warning",
            "message": "Some updates were missed.",
        }
        if not self.append([("notification", GLOBAL_CHANNEL, gap)]):
            self.missed += missed
            raise RedisUnavailable

    def since(self, after: int, upto: int | None = None) -> Iterator[Logged]:
        """The events after an id, up to and with another, in order. Raises RedisUnavailable."""
        end = "+" if upto is None else to_entry(upto)
        start = f"({to_entry(after)}"
        while chunk := self._redis.xrange(STREAM, start, end, CHUNK):
            yield from map(logged, chunk)
            start = f"({chunk[-1][0]}"

    def reaches_back_to(self, after: int) -> bool:
        """Whether no event after that id has left the log, or was lost with a Redis."""
        first, last = self.first_id(), self.last_id()
        return first is not None and first <= after <= last

    def is_far_behind(self, after: int) -> bool:
        """Whether more than MOST_REPLAYED events came after that id."""
        found = self._redis.xrange(STREAM, f"({to_entry(after)}", "+", MOST_REPLAYED + 1)
        return len(found) > MOST_REPLAYED

    def reach(self) -> Reach:
        """How far back the log reaches. Raises RedisUnavailable."""
        first = self.first_id()
        since = None if first is None else datetime.fromtimestamp(first // 1_000_000, UTC)
        return Reach(missed=self.missed, since=since)

    def first_id(self) -> int | None:
        """The oldest id that is kept, None for an empty log."""
        oldest = self._redis.xrange(STREAM, "-", "+", 1)
        return to_id(oldest[0][0]) if oldest else None

    def last_id(self) -> int:
        """The newest id, 0 for an empty log."""
        newest = self._redis.xrevrange(STREAM, 1)
        return to_id(newest[0][0]) if newest else 0

    def _append_all(self, told: Sequence[tuple[str, str, bytes]]) -> list[int]:
        try:
            entries = self._append(keys=[STREAM], args=[KEPT, *chain.from_iterable(told)])
        except RedisUnavailable:
            self.missed += len(told)
            return []
        return [to_id(entry) for entry in entries]


class EventTail:
    """Follows the log from now on, on a connection of its own, as `XREAD BLOCK` holds it."""

    def __init__(self, client: redis.Redis, block_ms: int = 1_000) -> None:
        self._client = client
        self._block_ms = block_ms

    @classmethod
    def of(cls, url: str) -> EventTail:
        """A tail that notices within seconds that Redis is gone or hangs: no retries of its own."""
        return cls(
            client_of(
                url,
                decode_responses=True,
                socket_timeout=TAIL_TIMEOUT_S,
                socket_connect_timeout=TAIL_TIMEOUT_S,
                retry=Retry(NoBackoff(), 0),
            )
        )

    def read(self, after: int) -> list[Logged]:
        """Wait up to `block_ms` for events after an id. Raises the errors of redis-py."""
        answer: Any = self._client.xread({STREAM: to_entry(after)}, CHUNK, self._block_ms)
        entries = (
            answer[0][1]
            if isinstance(answer, list) and answer
            else answer.get(STREAM, [])
            if answer
            else []
        )
        return [logged(entry) for entry in entries]


def logged(entry: tuple[str, dict[str, str]]) -> Logged:
    """A stream entry as the event that clients receive."""
    entry_id, fields = entry
    event_id = to_id(entry_id)
    return Logged(
        id=event_id, name=fields["name"], data={"id": event_id, **orjson.loads(fields["data"])}
    )


def to_id(entry: str) -> int:
    """`ms-seq` → id."""
    ms, _, seq = entry.partition("-")
    return int(ms) * 1000 + int(seq)


def to_entry(event_id: int) -> str:
    """Id → `ms-seq`."""
    ms, seq = divmod(event_id, 1000)
    return f"{ms}-{seq}"
