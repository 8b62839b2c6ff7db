"""A delivery: one snapshot on its way to one receiver, with each attempt."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

PAUSES = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
)
"""Between attempts, as Standard Webhooks proposes: the last is half a day after the first."""


class Channel(StrEnum):
    """How it goes out."""

    MAIL = "mail"
    WEBHOOK = "webhook"


class Fate(StrEnum):
    """What became of it."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """`detail` says in a few words what the other side answered."""

    at: datetime
    was_taken: bool
    detail: str
    took_ms: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """`turn` counts how often an attempt was asked for, and fences off one that was thought dead.
    `receiver` is the address of a letter, or a webhook's without its query. `is_under_way`: an
    attempt was asked for, and nothing was heard of it yet.
    """

    delivery_id: str
    schedule_id: str
    snapshot_id: str
    channel: Channel
    receiver: str
    created_at: datetime
    next_at: datetime
    fate: Fate = Fate.WAITING
    turn: int = 0
    is_under_way: bool = False
    attempts: tuple[Attempt, ...] = ()
    ended_at: datetime | None = None


def next_attempt(delivery: Delivery, now: datetime) -> datetime | None:
    """When to try again after one more attempt that failed; None: it was the last. Pure."""
    tried = len(delivery.attempts)
    return now + PAUSES[tried] if tried < len(PAUSES) else None
