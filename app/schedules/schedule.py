"""A schedule: which query is frozen when, for how long, and who gets it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from app.jobs.job import Job
from app.reports.query import Query


class Every(StrEnum):
    """How often it is due."""

    DAY = "day"
    WEEK = "week"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rhythm:
    """When it is due, by the clocks of `zone` (IANA); `weekday` 0 is Monday, for each week only."""

    every: Every
    hour: int
    minute: int
    zone: str
    weekday: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeping:
    """How many snapshots stay, and for how many days; None: no bound. One of them has a bound."""

    copies: int | None
    days: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Receivers:
    """Who gets each snapshot: these addresses by e-mail as a file of that format, and a webhook."""

    mail: tuple[str, ...] = ()
    format: str = "xlsx"
    webhook: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleWish:
    """What a new schedule shall be."""

    name: str
    query: Query
    rhythm: Rhythm
    keeping: Keeping
    receivers: Receivers
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """`next_at` is when it is due next, were it not paused; `last_at` when it was due last, and
    `last_job_id` the job that was asked for then. `secret` signs what goes to the webhook.
    """

    schedule_id: str
    name: str
    query: Mapping[str, Any]
    tags: tuple[str, ...]
    rhythm: Rhythm
    keeping: Keeping
    receivers: Receivers
    is_paused: bool
    next_at: datetime
    created_by: str
    created_by_name: str
    created_at: datetime
    last_at: datetime | None = None
    last_job_id: str | None = None
    secret: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A schedule with its last run, where that is remembered."""

    schedule: Schedule
    last: Job | None
