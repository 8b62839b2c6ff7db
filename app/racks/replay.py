"""Replay: what the rack map looked like, from the moves that the activity log keeps."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.activity.entry import COUNTED, Entry
from app.activity.log import ActivityLog
from app.clock import Clock

CHUNK = 2_000
Position = tuple[datetime, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayWish:
    """Which part of which stocktake: begun at `since`, wanted from `start` to `end`. None there:
    from the beginning, to now.
    """

    since: datetime
    start: datetime | None = None
    end: datetime | None = None
    after: Position | None = None
    limit: int = CHUNK


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayPage:
    """`base` is how the racks stood at `start`, told by the last moves of each; the first page has
    it. `moves` follow from there. `next_position` None: these were the last.
    """

    start: datetime
    end: datetime
    base: Sequence[Entry]
    moves: Sequence[Entry]
    next_position: Position | None


class Replay:
    """Reads a stocktake again. Reading the base costs as much as what happened before `start`."""

    def __init__(self, activity: ActivityLog, clock: Clock) -> None:
        self._activity = activity
        self._clock = clock

    def page(self, wish: ReplayWish) -> ReplayPage:
        """Some moves in the order of their events, and with the first the state before them."""
        end = wish.end or self._clock.now()
        start = max(wish.start or wish.since, wish.since)
        page = self._activity.between(start, end, after=wish.after, limit=wish.limit)
        before = self._before(wish.since, start) if wish.after is None else ()
        return ReplayPage(
            start=start,
            end=end,
            base=last_of_each(before),
            moves=page.entries,
            next_position=page.next_position,
        )

    def _before(self, since: datetime, start: datetime) -> Iterator[Entry]:
        after: Position | None = None
        while since < start:
            page = self._activity.between(since, start, after=after, limit=CHUNK)
            yield from page.entries
            after = page.next_position
            if after is None:
                return


def last_of_each(entries: Iterable[Entry]) -> list[Entry]:
    """What is left to say of each rack after these moves: its last one, and what the session that
    has it counted. Two entries a rack at most.
    """
    moves: dict[str, Entry] = {}
    counts: dict[str, Entry] = {}
    for entry in entries:
        rack_id = entry.rack_id or ""
        if entry.action == COUNTED:
            counts[rack_id] = entry
        else:
            moves[rack_id] = entry
    kept = [*moves.values(), *(c for c in counts.values() if _still_shown(c, moves))]
    return sorted(kept, key=lambda entry: (_is_count(entry), entry.timestamp, entry.event_id))


def _still_shown(count: Entry, moves: dict[str, Entry]) -> bool:
    move = moves.get(count.rack_id or "")
    return move is not None and move.session_id == count.session_id


def _is_count(entry: Entry) -> bool:
    """A count may have come before the pause or completion that is the rack's last move."""
    return entry.action == COUNTED
