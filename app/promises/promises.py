"""The promises with their live figures, each asked of who keeps it. Every question is cheap: an
index, a few documents, or what the database knows of itself; and each is asked at most once in
FRESH_S, however many people look.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
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
from app.together import Together

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What was answered at one moment; `reach` and `backup` are None where nobody knows."""

    at: datetime
    kept: Kept
    checked: SpotCheck
    work: OpenWork
    lately: Punctuality
    conflicts: list[OpenGroup]
    reach: Reach | None
    backup: datetime | None


class Promises:
    """All promises as they stand."""

    def __init__(self, ask: Askable, clock: Clock) -> None:
        self._ask = ask
        self._clock = clock
        self._told: tuple[float, datetime, list[Promise]] | None = None
        self._look = Together[None, tuple[datetime, list[Promise]]](self._looked)

    def all(self) -> tuple[datetime, list[Promise]]:
        """The promises, and of which moment their figures are."""
        return self._look(None)

    def _looked(self, people: Sequence[None]) -> list[tuple[datetime, list[Promise]]]:
        """The same for all who look at once."""
        moment = self._clock.monotonic()
        if self._told is None or not 0 <= moment - self._told[0] < FRESH_S:
            answers = self._asked()
            self._told = (moment, answers.at, _promises(answers))
        return [self._told[1:]] * len(people)

    def _asked(self) -> Answers:
        reach = None
        with suppress(RedisUnavailable):
            reach = self._ask.events()
        return Answers(
            at=self._clock.now(),
            kept=self._ask.kept(),
            checked=self._ask.spot_check(),
            work=self._ask.open_work(),
            lately=self._ask.punctuality(),
            conflicts=self._ask.open_conflicts(),
            reach=reach,
            backup=self._ask.last_backup(),
        )


def _promises(answers: Answers) -> list[Promise]:
    found = {key: judge(answers) for key, judge in _JUDGES.items()}
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


# ── counts ───────────────────────────────────────────────────────────────────────────────────────


def _stored(answers: Answers) -> Found:
    """What was acknowledged last and sealed, read again."""
    kept, checked = answers.kept, answers.checked
    holds = kept.durable and checked.missing == 0
    figures = {"records": kept.records, "checked": checked.links, "missing": checked.missing}
    return _if(holds), figures


def _once(answers: Answers) -> Found:
    kept = answers.kept
    return _if(kept.guarded), {"records": kept.records, "serials": kept.serials}


def _unsent(answers: Answers) -> Found:
    work = answers.work
    is_old = (work.oldest_s or 0) > OLD_QUEUE_S
    figures = {"waiting": work.waiting, "oldest_s": work.oldest_s, "devices": work.devices}
    return Standing.WATCH if is_old else Standing.KEPT, figures


def _late(answers: Answers) -> Found:
    oldest = min((group.oldest_at for group in answers.conflicts), default=None)
    age = None if oldest is None else (answers.at - oldest).total_seconds()
    figures = {"open": sum(group.n for group in answers.conflicts), "oldest_s": age}
    return Standing.WATCH if (age or 0) > OLD_CONFLICT_S else Standing.KEPT, figures


def _chain(answers: Answers) -> Found:
    checked = answers.checked
    figures = {"upto": checked.at, "waiting": checked.waiting, "checked": checked.links}
    return _if(checked.unbroken), figures


# ── racks ────────────────────────────────────────────────────────────────────────────────────────


def _holder(answers: Answers) -> Found:
    work = answers.work
    return _if(work.doubly_held == 0), {"held": work.sessions, "doubly_held": work.doubly_held}


def _expiry(answers: Answers) -> Found:
    lately = answers.lately
    in_time = lately.overdue == 0 and lately.worst_s <= EXPIRY_BOUND_S
    figures = {
        "ended": lately.ended,
        "worst_s": lately.worst_s,
        "overdue": lately.overdue,
        "bound_s": EXPIRY_BOUND_S,
    }
    return _if(in_time), figures


# ── the house ────────────────────────────────────────────────────────────────────────────────────


def _events(answers: Answers) -> Found:
    if answers.reach is None:
        return Standing.UNKNOWN, {"missed": None, "since": None}
    figures = {"missed": answers.reach.missed, "since": answers.reach.since}
    return Standing.WATCH if answers.reach.missed else Standing.KEPT, figures


def _backup(answers: Answers) -> Found:
    if answers.backup is None:
        return Standing.UNKNOWN, {"at": None}
    is_old = answers.at - answers.backup > OLD_BACKUP
    return Standing.WATCH if is_old else Standing.KEPT, {"at": answers.backup}


def _if(holds: bool) -> Standing:  # noqa: FBT001 — said by its name
    return Standing.KEPT if holds else Standing.BROKEN


_JUDGES: Mapping[str, Callable[[Answers], Found]] = {
    "stored": _stored,
    "once": _once,
    "unsent": _unsent,
    "holder": _holder,
    "expiry": _expiry,
    "late": _late,
    "events": _events,
    "chain": _chain,
    "backup": _backup,
}
