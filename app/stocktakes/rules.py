"""What counts come to: agreement of passes, variance from the book, and what may be decided.

Pure: no I/O. Agreement settles instead of approval: two independent passes within tolerance need
nobody's signature, a third person decides what two disagree on, and a supervisor the rest.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from app.errors import LineFrozen, LineNotCounted, NoSuchPass, StocktakeClosed
from app.items.movement import Kept
from app.stocktakes.line import (
    FROZEN,
    Book,
    CountLine,
    Figure,
    LineStatus,
    Outcome,
    PassCount,
)
from app.stocktakes.stocktake import Stocktake, Tolerance

PASSES_ASKED_AT_MOST = 3
"""A third pass decides; where it does not, a fourth would not either, so a supervisor does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """What a supervisor approves: the line's figure as it stands, that of one pass (by its fence),
    or, of a line that nobody counted, that there is none (`zero`).
    """

    note: str = ""
    fence: int | None = None
    zero: bool = False


def judge(
    line: CountLine,
    passes: Sequence[PassCount],
    movements: Sequence[Kept],
    stocktake: Stocktake,
) -> tuple[Book, Outcome]:
    """The book's figure for the moment of the count, and what the line's passes come to."""
    book, price = line.book, line.item.price
    if not passes:
        status = LineStatus.UNCOUNTED if line.recount_after is None else LineStatus.RECOUNT
        return replace(book, moved=0), Outcome(status=status)
    pair = agreeing(passes, movements, stocktake.tolerance, price=price)
    standing = pair or passes[-1].figure
    moved = replace(book, moved=moved_until(movements, book, standing.at))
    outcome = outcome_of(standing, moved, stocktake.tolerance, price=price)
    if line.recount_after is not None and passes[-1].fence <= line.recount_after:
        return moved, replace(outcome, status=LineStatus.RECOUNT)
    status = _status(len(passes), agreed=pair is not None, wanted=stocktake.passes_wanted)
    return moved, replace(outcome, status=status)


def agreeing(
    passes: Sequence[PassCount],
    movements: Sequence[Kept],
    tolerance: Tolerance,
    *,
    price: float,
) -> Figure | None:
    """The newest pass that an earlier one by another person confirms: both figures, pieces and
    damage, are the same within tolerance. What moved between the two is no disagreement.
    """
    for position in range(len(passes) - 1, 0, -1):
        newer = passes[position]
        for older in passes[:position]:
            moved = moved_between(movements, older.at, newer.at)
            if _agree(newer, older, moved, tolerance, price):
                return newer.figure
    return None


def moved_until(movements: Iterable[Kept], book: Book, moment: datetime) -> float:
    """The signed sum of what moved by the time of the count and was not in the book's figure yet:
    what counts is when the book heard of it.
    """
    return sum(
        kept.movement.qty
        for kept in movements
        if kept.received_at > book.at and kept.movement.at <= moment
    )


def moved_between(movements: Iterable[Kept], start: datetime, end: datetime) -> float:
    """The signed sum of what moved after `start` and up to `end`."""
    return sum(kept.movement.qty for kept in movements if start < kept.movement.at <= end)


def outcome_of(standing: Figure, book: Book, tolerance: Tolerance, *, price: float) -> Outcome:
    """The variance of a figure from the book at its moment."""
    variance = standing.counted - book.expected
    return Outcome(
        status=LineStatus.COUNTED,
        counted=standing.counted,
        damaged=standing.damaged,
        at=standing.at,
        variance=variance,
        variance_value=round(variance * price, 4),
        within_tolerance=tolerance.admits(variance, of=book.expected, price=price),
    )


def wants_another_pass(lines: Iterable[CountLine], pass_no: int, stocktake: Stocktake) -> bool:
    """Whether a rack of a double count, counted `pass_no` times, goes to another person."""
    if not stocktake.double_count or pass_no >= PASSES_ASKED_AT_MOST:
        return False
    if pass_no < stocktake.passes_wanted:
        return True
    return any(line.outcome.status is LineStatus.DISPUTED for line in lines)


def approved(
    line: CountLine,
    wish: Approval,
    movements: Iterable[Kept],
    stocktake: Stocktake,
    now: datetime,
) -> tuple[Book, Outcome]:
    """The line's book and figure once the supervisor approved it.

    Raises:
        StocktakeClosed, LineFrozen: nothing may be decided any more.
        LineNotCounted: nobody counted it, and the wish does not say that there is none.
        NoSuchPass: the wish names a pass that the line does not have.
    """
    check_undecided(line, stocktake)
    standing = _approved_figure(line, wish, now)
    book = replace(line.book, moved=moved_until(movements, line.book, standing.at))
    outcome = outcome_of(standing, book, stocktake.tolerance, price=line.item.price)
    return book, replace(outcome, status=LineStatus.APPROVED)


def check_undecided(line: CountLine, stocktake: Stocktake) -> None:
    """Let pass a line that nobody decided on. Raises StocktakeClosed, LineFrozen."""
    if not stocktake.is_open:
        raise StocktakeClosed(stocktake.stocktake_id)
    if line.outcome.status in FROZEN:
        raise LineFrozen(
            line.key.item_code,
            status=line.outcome.status.value,
            by=line.ruling.username if line.ruling else "",
        )


def _approved_figure(line: CountLine, wish: Approval, now: datetime) -> Figure:
    if wish.fence is not None:
        chosen = next((p for p in line.passes if p.fence == wish.fence), None)
        if chosen is None:
            raise NoSuchPass(line.key.item_code, fence=wish.fence)
        return chosen.figure
    if line.passes:
        assert line.outcome.counted is not None and line.outcome.at is not None  # noqa: S101, PT018
        return Figure(line.outcome.counted, line.outcome.damaged or 0, line.outcome.at)
    if not wish.zero:
        raise LineNotCounted(line.key.item_code)
    return Figure(0, 0, now)


def _agree(
    newer: PassCount, older: PassCount, moved: float, tolerance: Tolerance, price: float
) -> bool:
    if newer.user_id == older.user_id:
        return False
    return all(
        tolerance.admits(now - before, of=max(now, before), price=price)
        for now, before in (
            (newer.counted, older.counted + moved),
            (newer.damaged, older.damaged),
        )
    )


def _status(passes: int, *, agreed: bool, wanted: int) -> LineStatus:
    if agreed:
        return LineStatus.AGREED
    if passes < wanted:
        return LineStatus.WAITING
    return LineStatus.DISPUTED if passes > 1 else LineStatus.COUNTED
