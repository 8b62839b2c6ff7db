"""The activity log: an outlet of events, and the questions that people ask of it."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice

from app.activity.entry import QUIET, Entry, entry_of, merged
from app.activity.store import ActivityStore
from app.auth.identity import Account
from app.events import Logged

MOST_WAITING = 20_000
"""Events kept for the database while it is away; what comes beyond is counted in `missed`."""
CHUNK = 500

People = Callable[[Iterable[str]], Mapping[str, Account]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """Which entries; None: all. `start` and `end` are times, both included."""

    user: str | None = None
    action: str | None = None
    status: str | None = None
    rack_id: str | None = None
    floor: str | None = None
    start: datetime | None = None
    end: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivityPage:
    """Some entries, the newest first, and where the next are; None: these were the last.

    The position is a time and how many entries of that very moment were shown already.
    """

    entries: list[Entry]
    next_position: tuple[datetime, int] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MovePage:
    """Some moves in the order of their events, and the (time, event id) behind which the next are;
    None: these were the last.
    """

    entries: Sequence[Entry]
    next_position: tuple[datetime, int] | None


class ActivityLog:
    """Keeps what happened. `heed` only notes an event; `flush` writes what was noted, so that no
    request waits for the log.

    Not promised: an entry reaches the database up to a second after its event, by a write that is
    acknowledged before it is on disk. A process that dies, or a failover, may take the last entries
    with it. Counts and leases never depend on them.
    """

    def __init__(self, store: ActivityStore, people: People) -> None:
        self._store = store
        self._people = people
        self._waiting: deque[Logged] = deque()
        self._turn = threading.Lock()
        self.missed = 0

    def heed(self, event: Logged) -> None:
        """Note an event that this process published."""
        if (event.name, event.data["type"]) in QUIET:
            return
        if len(self._waiting) >= MOST_WAITING:
            self.missed += 1
            return
        self._waiting.append(event)

    def flush(self) -> int:
        """Write what was noted; how many events that were. What cannot be written waits on.

        Raises the driver's errors.
        """
        written = 0
        with self._turn:
            while noted := list(islice(self._waiting, CHUNK)):
                self._store.add(self._with_names(merged(map(entry_of, noted))))
                for _ in noted:
                    self._waiting.popleft()
                written += len(noted)
        return written

    def search(
        self, filters: Filters, *, limit: int, position: tuple[datetime, int] | None = None
    ) -> ActivityPage:
        """Entries that fit, the newest first, from a position on."""
        end, skip = position or (filters.end, 0)
        fields = ("user", "action", "status", "rack_id", "floor")
        where = {name: value for name in fields if (value := getattr(filters, name)) is not None}
        found = self._store.newest(where, start=filters.start, end=end, skip=skip, limit=limit + 1)
        entries = sorted(found[:limit], key=_in_time, reverse=True)
        if len(found) <= limit:
            return ActivityPage(entries=entries, next_position=None)
        last = entries[-1].timestamp
        shown = sum(entry.timestamp == last for entry in entries)
        earlier = skip if last == end else 0
        return ActivityPage(entries=entries, next_position=(last, earlier + shown))

    def of_rack(self, rack_id: str, *, limit: int) -> list[Entry]:
        """Who held the rack, when, and what else happened there; the newest first."""
        return self.search(Filters(rack_id=rack_id), limit=limit).entries

    def between(
        self,
        start: datetime,
        end: datetime,
        *,
        after: tuple[datetime, int] | None = None,
        limit: int,
    ) -> MovePage:
        """What changed the rack map from `start` and before `end`, in the order of the events:
        claims, pauses, releases, completions, expiries, recounts, and sessions' counts so far.
        """
        found = self._store.moves(start, end, after=after, limit=limit + 1)
        entries = found[:limit]
        if len(found) <= limit:
            return MovePage(entries=entries, next_position=None)
        last = entries[-1]
        return MovePage(entries=entries, next_position=(last.timestamp, last.event_id))

    def _with_names(self, entries: Sequence[Entry]) -> list[Entry]:
        """The entries, with the names of those whom their event named by id only."""
        nameless = {e.user_id for e in entries if e.user_id and not (e.user and e.name)}
        people = self._people(nameless) if nameless else {}
        return [_named(entry, people) for entry in entries]


def _in_time(entry: Entry) -> tuple[datetime, int]:
    """The index knows times only; of one and the same moment the event's id tells the order."""
    return entry.timestamp, entry.event_id


def _named(entry: Entry, people: Mapping[str, Account]) -> Entry:
    account = people.get(entry.user_id or "")
    if account is None:
        return entry
    return replace(entry, user=entry.user or account.username, name=entry.name or account.name)
