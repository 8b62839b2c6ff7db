"""The promises with their live figures, each asked of who keeps it. Every question is cheap: an
index, a few documents, or what the database knows of itself; and all of them are asked at most once
in FRESH_S, however many people look.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.clock import Clock
from app.errors import RedisUnavailable
from app.promises.promise import ATTACKS, Promise, Standing
from app.racks.punctuality import Punctuality
from app.racks.standing import OpenWork
from app.services.event_log import Reach
from app.sync.conflict import OpenGroup
from app.sync.counts import Kept
from app.sync.custody import SpotCheck

FRESH_S = 2.0
EXPIRY_BOUND_S = 2.0
OLD_QUEUE_S = 15 * 60
OLD_CONFLICT_S = 24 * 3600
OLD_BACKUP = timedelta(hours=26)
"""A nightly backup, and two hours for it."""

Found = tuple[Standing, Mapping[str, object]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Askable:
    """What is asked of those who keep the promises."""

    kept: Callable[[], Kept]
    spot_check: Callable[[], SpotCheck]
    open_work: Callable[[], OpenWork]
    punctuality: Callable[[], Punctuality]
    open_conflicts: Callable[[], list[OpenGroup]]
    events: Callable[[], Reach]
    last_backup: Callable[[], datetime | None]


class Promises:
    """All promises as they stand."""

    def __init__(self, ask: Askable, clock: Clock) -> None:
        self._ask = ask
        self._clock = clock
        self._told: tuple[float, datetime, list[Promise]] | None = None
        self._questions: Mapping[str, Callable[[], Found]] = {
            "stored": self._stored,
            "once": self._once,
            "unsent": self._unsent,
            "holder": self._holder,
            "expiry": self._expiry,
            "late": self._late,
            "events": self._events,
            "chain": self._chain,
            "backup": self._backup,
        }

    def all(self) -> tuple[datetime, list[Promise]]:
        """The promises, and of which moment their figures are."""
        moment = self._clock.monotonic()
        if self._told is None or not 0 <= moment - self._told[0] < FRESH_S:
            self._told = (moment, self._clock.now(), self._asked())
        return self._told[1], self._told[2]

    def _asked(self) -> list[Promise]:
        found = {key: ask() for key, ask in self._questions.items()}
        return [
            Promise(
                number=number,
                key=key,
                standing=found[key][0],
                figures=found[key][1],
                tests=tests,
            )
            for number, (key, tests) in enumerate(ATTACKS.items(), 1)
        ]

    # ── counts ───────────────────────────────────────────────────────────────────────────────────

    def _stored(self) -> Found:
        """What was acknowledged last and sealed, read again."""
        kept, checked = self._ask.kept(), self._ask.spot_check()
        holds = kept.durable and checked.missing == 0
        figures = {"records": kept.records, "checked": checked.links, "missing": checked.missing}
        return _if(holds), figures

    def _once(self) -> Found:
        kept = self._ask.kept()
        return _if(kept.guarded), {"records": kept.records, "serials": kept.serials}

    def _unsent(self) -> Found:
        work = self._ask.open_work()
        is_old = (work.oldest_s or 0) > OLD_QUEUE_S
        figures = {"waiting": work.waiting, "oldest_s": work.oldest_s, "devices": work.devices}
        return Standing.WATCH if is_old else Standing.KEPT, figures

    def _late(self) -> Found:
        groups = self._ask.open_conflicts()
        oldest = min((group.oldest_at for group in groups), default=None)
        age = None if oldest is None else (self._clock.now() - oldest).total_seconds()
        figures = {"open": sum(group.n for group in groups), "oldest_s": age}
        return Standing.WATCH if (age or 0) > OLD_CONFLICT_S else Standing.KEPT, figures

    def _chain(self) -> Found:
        checked = self._ask.spot_check()
        figures = {"upto": checked.at, "waiting": checked.waiting, "checked": checked.links}
        return _if(checked.unbroken), figures

    # ── racks ────────────────────────────────────────────────────────────────────────────────────

    def _holder(self) -> Found:
        work = self._ask.open_work()
        return _if(work.doubly_held == 0), {"held": work.sessions, "doubly_held": work.doubly_held}

    def _expiry(self) -> Found:
        lately = self._ask.punctuality()
        in_time = lately.overdue == 0 and lately.worst_s <= EXPIRY_BOUND_S
        figures = {
            "ended": lately.ended,
            "worst_s": lately.worst_s,
            "overdue": lately.overdue,
            "bound_s": EXPIRY_BOUND_S,
        }
        return _if(in_time), figures

    # ── the house ────────────────────────────────────────────────────────────────────────────────

    def _events(self) -> Found:
        with suppress(RedisUnavailable):
            reach = self._ask.events()
            figures = {"missed": reach.missed, "since": reach.since}
            return Standing.WATCH if reach.missed else Standing.KEPT, figures
        return Standing.UNKNOWN, {"missed": None, "since": None}

    def _backup(self) -> Found:
        at = self._ask.last_backup()
        if at is None:
            return Standing.UNKNOWN, {"at": None}
        is_old = self._clock.now() - at > OLD_BACKUP
        return Standing.WATCH if is_old else Standing.KEPT, {"at": at}


def _if(holds: bool) -> Standing:  # noqa: FBT001 — said by its name
    return Standing.KEPT if holds else Standing.BROKEN
