"""LockManager: rack locks, presence and session metadata in Redis.

A rack lock says who holds the rack now: user, session and fencing token. Check and change are one
Lua script, so nobody prolongs or gives back what they do not hold, however calls interleave. The
lock alone does not protect a count: a holder may be paused past its end and write late (Kleppmann,
"How to do distributed locking", 2016). That is what the fencing token in MongoDB is for.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from time import time
from typing import Any
from uuid import uuid4

from app.errors import RackLocked, RedisUnavailable
from app.services.redis_service import RedisService
from app.together import joined, lookup

ACTIVE_USERS = "users:active"
"""Sorted set: user → when their presence ends, epoch seconds. Bounded by the users there are."""
ENDED_AT_ONCE = 500

_LUA = Path(__file__).parent / "lua"
_ACQUIRE = (_LUA / "acquire.lua").read_text()
_RENEW = (_LUA / "renew.lua").read_text()
_RELEASE = (_LUA / "release.lua").read_text()
_END_PRESENCE = (_LUA / "end_presence.lua").read_text()
_RELEASE_USER = (_LUA / "release_user.lua").read_text()


class LockOutcome(IntEnum):
    """What a lock script found. True only for HELD."""

    HELD = 1
    GONE = 0
    TAKEN = -1

    def __bool__(self) -> bool:
        return self is LockOutcome.HELD


@dataclass(frozen=True, slots=True)
class LockHolder:
    """Who holds a rack lock."""

    user_id: str
    session_id: str = ""
    fence: int = 0
    name: str = ""
    device_id: str = ""

    @property
    def key(self) -> tuple[str, str, int]:
        """What the scripts compare."""
        return self.user_id, self.session_id, self.fence


_Lock = tuple[str, LockHolder, float]
"""A rack, who shall have its lock, and for how many seconds."""


class LockManager:
    """Rack locks and what else of a shift lives in Redis. All times to live are seconds.

    Every method raises RedisUnavailable where Redis cannot answer.
    """

    def __init__(
        self,
        redis_service: RedisService,
        *,
        rack_lock_ttl: float = 60,
        heartbeat_ttl: float = 90,
        session_lock_ttl: float = 3600,
    ) -> None:
        self._redis = redis_service
        self._rack_lock_ttl = rack_lock_ttl
        self._heartbeat_ttl = heartbeat_ttl
        self._session_lock_ttl = session_lock_ttl
        self._release = redis_service.script(_RELEASE)
        self._release_user = redis_service.script(_RELEASE_USER)
        self._end_presence = redis_service.script(_END_PRESENCE)
        self._acquire_together = joined(self._lock_all)
        self._keep_together = joined(self._keep_all)
        self._start_together = joined(self._start_all)
        self._end_together = joined(self._end_all)
        self._find_locks = lookup(self._locks_at)

    # ── rack locks ───────────────────────────────────────────────────────────────────────────────

    def acquire_rack_lock(
        self,
        rack_id: str,
        user_id: str,
        ttl: float | None = None,
        *,
        session_id: str = "",
        fence: int = 0,
        name: str = "",
        device_id: str = "",
    ) -> LockOutcome:
        """Take a free rack (HELD), or learn that it is TAKEN. The holder's own call prolongs it."""
        holder = LockHolder(user_id, session_id, fence, name, device_id)
        return self._acquire_together([(rack_id, holder, ttl or self._rack_lock_ttl)])[0]

    def renew_rack_lock(
        self,
        rack_id: str,
        user_id: str,
        ttl: float | None = None,
        *,
        session_id: str = "",
        fence: int = 0,
    ) -> LockOutcome:
        """Prolong a lock: HELD, GONE (it ended; may be taken again), or TAKEN by another."""
        with self._redis.pipeline() as commands:
            ttl_ms = _ms(ttl or self._rack_lock_ttl)
            commands.eval(_RENEW, 1, _rack(rack_id), user_id, session_id, str(fence), ttl_ms)
            self._queue_heartbeat(commands, user_id, self._heartbeat_ttl)
            return LockOutcome(commands.execute()[0])

    def keep(self, leases: Sequence[tuple[str, LockHolder]], ttl: float) -> list[LockOutcome]:
        """Prolong several (rack, holder) locks, taking again those that are gone, and note that
        their users are here: one round trip. Only for leases that MongoDB confirmed.
        """
        return self._keep_together([(rack_id, holder, ttl) for rack_id, holder in leases])

    def release_rack_lock(
        self, rack_id: str, user_id: str, *, session_id: str = "", fence: int = 0
    ) -> LockOutcome:
        """Give a lock back: HELD (done), GONE (there was none), or TAKEN: another's, left alone."""
        keys, args = [_rack(rack_id)], [user_id, session_id, str(fence)]
        return LockOutcome(self._release(keys=keys, args=args))

    def get_rack_lock(self, rack_id: str) -> LockHolder | None:
        """Who holds the rack, None where nobody does."""
        return self._find_locks([rack_id]).get(rack_id)

    def get_rack_lock_owner(self, rack_id: str) -> str | None:
        """The user who holds the rack."""
        return self._redis.hget(_rack(rack_id), "user_id")

    def get_rack_lock_ttl(self, rack_id: str) -> int:
        """Whole seconds the lock has left; -2 where there is none."""
        return self._redis.ttl(_rack(rack_id))

    def force_release_all_user_locks(self, user_id: str) -> int:
        """Give back every lock the user holds, whatever the session; how many those were."""
        racks = self._redis.smembers(_locks_of(user_id))
        outcomes = [self._release_user(keys=[_rack(r)], args=[user_id]) for r in racks]
        if racks:
            self._redis.srem(_locks_of(user_id), *racks)
        return outcomes.count(LockOutcome.HELD)

    def _locks_at(self, rack_ids: Sequence[str]) -> dict[str, LockHolder]:
        with self._redis.pipeline() as commands:
            for rack_id in rack_ids:
                commands.hgetall(_rack(rack_id))
            found = zip(rack_ids, commands.execute(), strict=True)
        return {
            rack_id: LockHolder(**{**held, "fence": int(held["fence"])})
            for rack_id, held in found
            if held
        }

    def _keep_all(self, leases: Sequence[_Lock]) -> list[LockOutcome]:
        return self._lock_all(leases, here={holder.user_id for _, holder, _ in leases})

    def _lock_all(self, wishes: Sequence[_Lock], here: Iterable[str] = ()) -> list[LockOutcome]:
        """Lock racks, and note that the users who are `here` live: one round trip."""
        with self._redis.pipeline() as commands:
            for rack_id, holder, ttl in wishes:
                _queue_lock(commands, rack_id, holder, ttl)
            for rack_id, holder, _ in wishes:
                self._queue_note(commands, holder.user_id, rack_id)
            for user_id in here:
                self._queue_heartbeat(commands, user_id, self._heartbeat_ttl)
            return [LockOutcome(outcome) for outcome in commands.execute()[: len(wishes)]]

    def _queue_note(self, commands: Any, user_id: str, rack_id: str) -> None:
        """Note which locks may be the user's, for `force_release_all_user_locks`."""
        commands.sadd(_locks_of(user_id), rack_id)
        commands.expire(_locks_of(user_id), int(self._session_lock_ttl))

    @contextmanager
    def rack_lock(
        self, rack_id: str, user_id: str, ttl: float | None = None
    ) -> Iterator[LockHolder]:
        """Hold the rack while the block runs; the lock renews itself.

        Does not promise that the lock is still held at every line of the block: a process that
        stood still for longer than `ttl` lost it.

        Raises:
            RackLocked: another holds the rack.
        """
        holder = LockHolder(user_id, session_id=f"block-{uuid4().hex}")
        if not self.acquire_rack_lock(rack_id, user_id, ttl, session_id=holder.session_id):
            other = self.get_rack_lock(rack_id)
            facts = {"user_id": other.user_id, "name": other.name} if other else {}
            raise RackLocked(rack_id, holder=facts)
        ended = threading.Event()
        renewal = threading.Thread(
            target=self._keep,
            args=(rack_id, holder, ttl or self._rack_lock_ttl, ended),
            daemon=True,
        )
        renewal.start()
        try:
            yield holder
        finally:
            ended.set()
            renewal.join()
            with suppress(RedisUnavailable):  # then it ends by itself
                self.release_rack_lock(rack_id, user_id, session_id=holder.session_id)

    def _keep(self, rack_id: str, holder: LockHolder, ttl: float, ended: threading.Event) -> None:
        user_id, session_id = holder.user_id, holder.session_id
        while not ended.wait(ttl / 3):
            with suppress(RedisUnavailable):  # it may be back before the lock ends
                if not self.renew_rack_lock(rack_id, user_id, ttl, session_id=session_id):
                    return

    # ── leases ───────────────────────────────────────────────────────────────────────────────────

    def start_lease(self, rack_id: str, holder: LockHolder, ttl: float, *, floor: str) -> None:
        """Lock a rack for a lease that MongoDB confirmed, and keep its session's metadata, in one
        round trip.
        """
        self._start_together([(rack_id, holder, ttl, floor)])

    def end_leases(self, leases: Sequence[tuple[str, LockHolder]]) -> None:
        """Give (rack, holder) locks back that are the holders', and forget their sessions: one
        round trip.
        """
        if leases:
            self._end_together(leases)

    def _start_all(self, leases: Sequence[tuple[str, LockHolder, float, str]]) -> list[None]:
        with self._redis.pipeline() as commands:
            for rack_id, holder, ttl, floor in leases:
                user_id, token = holder.user_id, holder.fence
                _queue_lock(commands, rack_id, holder, ttl)
                self._queue_note(commands, user_id, rack_id)
                self._queue_heartbeat(commands, user_id, self._heartbeat_ttl)
                self._queue_session(
                    commands, holder.session_id, user_id, rack_id=rack_id, floor=floor, token=token
                )
            commands.execute()
        return [None] * len(leases)

    def _end_all(self, leases: Sequence[tuple[str, LockHolder]]) -> list[None]:
        with self._redis.pipeline() as commands:
            for rack_id, holder in leases:
                commands.eval(_RELEASE, 1, _rack(rack_id), *map(str, holder.key))
                commands.delete(_session(holder.session_id))
            commands.execute()
        return [None] * len(leases)

    # ── presence ─────────────────────────────────────────────────────────────────────────────────

    def update_user_heartbeat(self, user_id: str, ttl: float | None = None) -> None:
        """The user is here: active for `ttl` seconds."""
        with self._redis.pipeline() as commands:
            self._queue_heartbeat(commands, user_id, ttl or self._heartbeat_ttl)
            commands.execute()

    def update_user_heartbeats(self, user_ids: Iterable[str]) -> None:
        """As `update_user_heartbeat`, for several users in one round trip."""
        with self._redis.pipeline() as commands:
            for user_id in user_ids:
                self._queue_heartbeat(commands, user_id, self._heartbeat_ttl)
            commands.execute()

    def end_user_presence(self, user_id: str) -> None:
        """The user left; a heartbeat brings them back."""
        self._redis.zrem(ACTIVE_USERS, user_id)

    def take_ended_presences(self) -> list[str]:
        """Users whose presence ended without a farewell, some hundreds at most. Each is told to one
        caller only, however many processes ask.
        """
        return list(self._end_presence(keys=[ACTIVE_USERS], args=[time(), ENDED_AT_ONCE]))

    def is_user_active(self, user_id: str) -> bool:
        return bool(self._redis.exists(_heartbeat(user_id)))

    def get_active_users(self) -> list[str]:
        """Users whose last heartbeat is not older than its time to live."""
        with self._redis.pipeline() as commands:
            commands.zrange(ACTIVE_USERS, f"({time()}", "+inf", byscore=True)
            return list(commands.execute()[0])

    def _queue_heartbeat(self, commands: Any, user_id: str, ttl: float) -> None:
        now = time()
        commands.set(_heartbeat(user_id), now, px=_ms(ttl))
        commands.zadd(ACTIVE_USERS, {user_id: now + ttl})

    # ── sessions ─────────────────────────────────────────────────────────────────────────────────

    def create_session_lock(
        self, session_id: str, user_id: str, *, rack_id: str, floor: str, token: int
    ) -> None:
        """Keep a session's metadata for SESSION_LOCK_TTL."""
        with self._redis.pipeline() as commands:
            self._queue_session(
                commands, session_id, user_id, rack_id=rack_id, floor=floor, token=token
            )
            commands.execute()

    def _queue_session(
        self,
        commands: Any,
        session_id: str,
        user_id: str,
        *,
        rack_id: str,
        floor: str,
        token: int,
    ) -> None:
        told = {"user_id": user_id, "rack_id": rack_id, "floor": floor, "token": token}
        commands.hset(_session(session_id), mapping=told)
        commands.expire(_session(session_id), int(self._session_lock_ttl))

    def get_session_data(self, session_id: str) -> dict[str, str] | None:
        """A session's metadata, None where there is none."""
        return self._redis.hgetall(_session(session_id)) or None

    def delete_session(self, session_id: str) -> bool:
        return self._redis.delete(_session(session_id)) == 1


def _queue_lock(commands: Any, rack_id: str, holder: LockHolder, ttl: float) -> None:
    key, told = _rack(rack_id), map(str, holder.key)
    commands.eval(_ACQUIRE, 1, key, *told, _ms(ttl), holder.name, holder.device_id)


def _rack(rack_id: str) -> str:
    return f"rack:lock:{rack_id}"


def _heartbeat(user_id: str) -> str:
    return f"user:heartbeat:{user_id}"


def _session(session_id: str) -> str:
    return f"session:lock:{session_id}"


def _locks_of(user_id: str) -> str:
    return f"user:locks:{user_id}"


def _ms(seconds: float) -> int:
    return max(1, int(seconds * 1000))
