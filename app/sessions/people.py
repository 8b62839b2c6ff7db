"""People: who is here, at which racks, how quickly they count and since when they do not."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from app.auth.accounts import Accounts
from app.auth.identity import Account, Identity
from app.clock import Clock
from app.errors import RedisUnavailable
from app.racks.rack import CountSession, Queue
from app.racks.standing import Standing
from app.services.lock_manager import LockManager

SECONDS_AN_HOUR = 3600
LEAST_S = 60
"""Of a shorter time no pace can be told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody and what they do now. `online` None: Redis, which knows it, is away.

    `pace_per_hour` is pieces an hour over the open sessions, `idle_since` the last count or, where
    none came yet, the claim; both None for who holds no rack.
    """

    account: Account
    online: bool | None
    sessions: Sequence[CountSession]
    device_id: str | None
    queue: Queue | None
    pace_per_hour: float | None
    idle_since: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PeoplePage:
    """Some people by user name; `next_position` None: these were the last."""

    people: Sequence[Person]
    next_position: tuple[str] | None


class People:
    """What a supervisor asks of people. Fixed number of round trips a page."""

    def __init__(
        self, accounts: Accounts, standing: Standing, locks: LockManager, clock: Clock
    ) -> None:
        self._accounts = accounts
        self._standing = standing
        self._locks = locks
        self._clock = clock

    def page(self, by: Identity, *, limit: int, after: tuple[str] = ("",)) -> PeoplePage:
        """The active people behind the position, by user name."""
        found = self._accounts.page(limit=limit, after=after)
        here = self._here()
        sessions: dict[str, list[CountSession]] = defaultdict(list)
        for session in self._standing.open_sessions(by):
            sessions[session.holder.user_id].append(session)
        people = [
            self._person(account, here, sessions[account.user_id])
            for account in found.users
            if account.active
        ]
        return PeoplePage(people=people, next_position=found.next_position)

    def _here(self) -> frozenset[str] | None:
        with suppress(RedisUnavailable):
            return frozenset(self._locks.get_active_users())
        return None

    def _person(
        self, account: Account, here: frozenset[str] | None, sessions: Sequence[CountSession]
    ) -> Person:
        latest = sessions[0] if sessions else None
        queues = [s.queue for s in sessions if s.queue is not None]
        return Person(
            account=account,
            online=None if here is None else account.user_id in here,
            sessions=sessions,
            device_id=latest.holder.device_id if latest else None,
            queue=max(queues, key=lambda queue: queue.length, default=None),
            pace_per_hour=pace_of(sessions, self._clock.now()),
            idle_since=max((s.last_count_at or s.started_at for s in sessions), default=None),
        )


def pace_of(sessions: Sequence[CountSession], now: datetime) -> float | None:
    """Pieces an hour over these sessions since each began; None where that cannot be said yet."""
    seconds = sum((now - s.started_at).total_seconds() for s in sessions)
    if seconds < LEAST_S:
        return None
    return round(sum(s.progress.pieces for s in sessions) * SECONDS_AN_HOUR / seconds, 1)
