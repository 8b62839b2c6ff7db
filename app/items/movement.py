"""Movements: issues and receipts that change the book while people count. What one is, and how it
is judged; pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

FAR_AHEAD = timedelta(days=1)
"""A movement later than this has not happened: the sender's clock, or its year, is wrong."""


class MovementKind(StrEnum):
    ISSUE = "issue"
    RECEIPT = "receipt"


class MovementError(StrEnum):
    """Why a movement was not booked."""

    INVALID_MOVEMENT = "invalid_movement"
    UNKNOWN_ITEM = "unknown_item"
    OTHER_CONTENT = "other_content"


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    """What left (`qty` below 0) or came, and when. Two are the same when all of this is."""

    movement_id: str
    item_code: str
    qty: float
    at: datetime
    rack_id: str | None = None
    reference: str | None = None

    @property
    def amount(self) -> float:
        return abs(self.qty)

    @property
    def kind(self) -> MovementKind:
        return MovementKind.ISSUE if self.qty < 0 else MovementKind.RECEIPT


@dataclass(frozen=True, slots=True, kw_only=True)
class BadMovement:
    """A movement that does not fit its shape: which fields, and why."""

    movement_id: str | None
    errors: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Booked:
    """The movement is kept. `in_book`: the item's figure was of a later moment and has it already,
    so that it was not added again.
    """

    in_book: bool


@dataclass(frozen=True, slots=True)
class Unbooked:
    """The movement is not kept, and why."""

    error_type: MovementError
    message: str
    details: Mapping[str, Any]


MovementVerdict = Booked | Unbooked
Judged = tuple[Movement | BadMovement, MovementVerdict]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A movement as it is kept."""

    movement: Movement
    in_book: bool
    received_at: datetime
    moved_by: str


def judge(
    sent: Iterable[Movement | BadMovement],
    *,
    kept: Mapping[str, Kept],
    book_moments: Mapping[str, datetime | None],
    now: datetime,
) -> list[Judged]:
    """What becomes of each, in order. `kept`: those of these ids that are there already;
    `book_moments`: of each known item the moment that its figure is of.
    """
    seen: dict[str, Movement] = {movement_id: one.movement for movement_id, one in kept.items()}
    judged: list[Judged] = []
    for one in sent:
        verdict = _judge_one(one, seen, book_moments, now)
        if isinstance(one, Movement) and isinstance(verdict, Booked):
            before = kept.get(one.movement_id)
            verdict = Booked(before.in_book) if before else verdict
            seen[one.movement_id] = one
        judged.append((one, verdict))
    return judged


def to_keep(judged: Iterable[Judged], kept: Mapping[str, Kept]) -> Iterator[tuple[Movement, bool]]:
    """The movements that are new, each once, and whether the book has it already."""
    done = set(kept)
    for one, verdict in judged:
        if isinstance(verdict, Booked) and isinstance(one, Movement):
            if one.movement_id not in done:
                yield one, verdict.in_book
            done.add(one.movement_id)


def _judge_one(
    one: Movement | BadMovement,
    seen: Mapping[str, Movement],
    book_moments: Mapping[str, datetime | None],
    now: datetime,
) -> MovementVerdict:
    if isinstance(one, BadMovement):
        return _invalid(one.errors)
    if one.movement_id in seen:
        return Booked(in_book=False) if seen[one.movement_id] == one else _other_content(one)
    if one.item_code not in book_moments:
        return Unbooked(
            MovementError.UNKNOWN_ITEM,
            "The catalogue has no such item.",
            {"item_code": one.item_code},
        )
    if one.at > now + FAR_AHEAD:
        return _invalid({"at": ["This is more than a day ahead."]})
    moment = book_moments[one.item_code]
    return Booked(in_book=moment is not None and one.at <= moment)


def _invalid(errors: Mapping[str, Any]) -> Unbooked:
    return Unbooked(
        MovementError.INVALID_MOVEMENT, "Correct the named fields and send it again.", errors
    )


def _other_content(one: Movement) -> Unbooked:
    return Unbooked(
        MovementError.OTHER_CONTENT,
        "Another movement has that id. Give this one an id of its own.",
        {"movement_id": one.movement_id},
    )
