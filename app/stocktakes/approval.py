"""Approval: a supervisor's decisions on count lines, one by one or by a filter.

Decided lines are frozen: a later count shows beside them and changes nothing. Who decides sends the
revision that they saw, and a line that changed since is not decided on.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from app.auth.identity import Identity
from app.chunks import chunks
from app.clock import Clock
from app.errors import DomainError, IllegalMove, LineChanged, LineUnknown, StocktakeClosed
from app.events import LinesDecided, Publisher
from app.items.movement import Kept
from app.items.movements import Movements
from app.racks.rack import Rack
from app.racks.recounts import Recounts
from app.stocktakes import rules
from app.stocktakes.line import FROZEN, CountLine, LineKey, LineStatus, Ruling
from app.stocktakes.lines_store import LineFilter, LineStore, Place
from app.stocktakes.rules import Approval
from app.stocktakes.stocktake import Stocktake
from app.stocktakes.store import StocktakeStore
from app.stocktakes.tally import Tally

CHUNK = 500
"""Lines that one decision by filter reads and writes at a time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """What a decision by filter came to: lines decided on, and lines that could not be."""

    decided: int
    left: int


class Approvals:
    """The desk of count lines."""

    def __init__(
        self,
        lines: LineStore,
        stocktakes: StocktakeStore,
        tally: Tally,
        movements: Movements,
        recounts: Recounts,
        publish: Publisher,
        clock: Clock,
    ) -> None:
        self._lines = lines
        self._stocktakes = stocktakes
        self._tally = tally
        self._movements = movements
        self._recounts = recounts
        self._publish = publish
        self._clock = clock

    # ── looking ──────────────────────────────────────────────────────────────────────────────────

    def page(self, wish: LineFilter, *, after: Place | None, limit: int) -> list[CountLine]:
        """Lines of a stocktake with most at stake first."""
        self._tally.catch_up()
        return self._lines.page(wish, after=after, limit=limit)

    def line(self, line_id: str) -> CountLine:
        """One line. Raises LineUnknown."""
        line = self._lines.line(LineKey.of(line_id))
        if line is None:
            raise LineUnknown
        return line

    # ── one line ─────────────────────────────────────────────────────────────────────────────────

    def approve(
        self, line_id: str, wish: Approval, *, by: Identity, rev: int | None = None
    ) -> CountLine:
        """Take the line's figure, that of one of its passes, or none at all for nought.

        Raises as `rules.approved`, LineUnknown, LineChanged.
        """
        return self._decide_one(line_id, rev, self._approving(wish, by))

    def reject(self, line_id: str, note: str, *, by: Identity, rev: int | None = None) -> CountLine:
        """Refuse the count: the book's figure stays. Raises as `approve`."""
        return self._decide_one(line_id, rev, self._rejecting(note, by))

    def recount(
        self, line_id: str, reason: str, *, by: Identity, rev: int | None = None
    ) -> CountLine:
        """Have the item counted again by another person.

        Raises as `approve`; IllegalMove while somebody counts the rack.
        """
        line = self._seen(line_id, rev)
        stocktake = self._stocktakes.one(line.key.stocktake_id)
        (asked,) = self._ask_recount([line], reason, stocktake, by)
        return asked

    # ── by filter ────────────────────────────────────────────────────────────────────────────────

    def approve_all(self, wish: LineFilter, note: str, *, by: Identity) -> Decided:
        """Approve every counted line that matches. Raises StocktakeUnknown, StocktakeClosed."""
        return self._decide_all(wish, self._approving(Approval(note=note), by))

    def reject_all(self, wish: LineFilter, note: str, *, by: Identity) -> Decided:
        """Reject every line that matches. Raises StocktakeUnknown, StocktakeClosed."""
        return self._decide_all(wish, self._rejecting(note, by))

    def recount_all(self, wish: LineFilter, reason: str, *, by: Identity) -> Decided:
        """Have every line that matches counted again; racks that somebody counts now are left.

        Raises StocktakeUnknown, StocktakeClosed.
        """
        stocktake = self._open(wish.stocktake_id)
        self._tally.catch_up()
        by_rack: dict[str, list[CountLine]] = defaultdict(list)
        for line in self._lines.all(wish):
            by_rack[line.key.rack_id].append(line)
        decided = left = 0
        for lines in by_rack.values():
            open_lines = [line for line in lines if line.outcome.status not in FROZEN]
            left += len(lines) - len(open_lines)
            try:
                self._ask_recount(open_lines, reason, stocktake, by)
                decided += len(open_lines)
            except (IllegalMove, LineChanged):
                left += len(open_lines)
        return Decided(decided=decided, left=left)

    # ── how ──────────────────────────────────────────────────────────────────────────────────────

    def _approving(self, wish: Approval, by: Identity) -> Decide:
        def decide(line: CountLine, moved: Moved, stocktake: Stocktake, now: datetime) -> CountLine:
            book, outcome = rules.approved(line, wish, moved, stocktake, now)
            ruled = replace(line, book=book, outcome=outcome)
            return _ruled(ruled, LineStatus.APPROVED, by, now, wish.note)

        return decide

    def _rejecting(self, note: str, by: Identity) -> Decide:
        def decide(line: CountLine, _: Moved, stocktake: Stocktake, now: datetime) -> CountLine:
            rules.check_undecided(line, stocktake)
            outcome = replace(line.outcome, status=LineStatus.REJECTED)
            return _ruled(replace(line, outcome=outcome), LineStatus.REJECTED, by, now, note)

        return decide

    def _decide_one(self, line_id: str, rev: int | None, decide: Decide) -> CountLine:
        line = self._seen(line_id, rev)
        stocktake = self._stocktakes.one(line.key.stocktake_id)
        moved = self._moved([line], stocktake)
        decided = decide(line, moved.get(line.key.item_code, ()), stocktake, self._clock.now())
        if not self._lines.change([decided]):
            raise LineChanged(line.key.item_code)
        self._decided(stocktake, [decided])
        return decided

    def _decide_all(self, wish: LineFilter, decide: Decide) -> Decided:
        stocktake = self._open(wish.stocktake_id)
        self._tally.catch_up()
        decided = left = 0
        for chunk in chunks(self._lines.all(wish), CHUNK):
            ruled, moved, now = [], self._moved(chunk, stocktake), self._clock.now()
            for line in chunk:
                try:
                    ruled.append(decide(line, moved.get(line.key.item_code, ()), stocktake, now))
                except DomainError:
                    left += 1
            self._lines.change(ruled)
            decided += len(ruled)
            if ruled:
                self._decided(stocktake, ruled)
        return Decided(decided=decided, left=left)

    def _ask_recount(
        self, lines: Sequence[CountLine], reason: str, stocktake: Stocktake, by: Identity
    ) -> list[CountLine]:
        """Ask at one rack for some of its lines: marked first, so that no older pass settles them
        when the rack is asked and this process ends.
        """
        if not lines:
            return []
        for line in lines:
            rules.check_undecided(line, stocktake)
        rack_id = lines[0].key.rack_id
        rack = self._recounts.check(rack_id, by=by)
        now = self._clock.now()
        asked = [_asked(line, rack, by, now, reason) for line in lines]
        if not self._lines.change(asked):
            raise LineChanged(lines[0].key.item_code)
        codes = [line.key.item_code for line in lines]
        self._recounts.of_items(rack_id, codes, by=by, reason=reason)
        self._decided(stocktake, asked)
        return asked

    def _moved(
        self, lines: Sequence[CountLine], stocktake: Stocktake
    ) -> Mapping[str, Sequence[Kept]]:
        codes = {line.key.item_code for line in lines}
        return self._movements.heard(codes, since=stocktake.book_at)

    def _decided(self, stocktake: Stocktake, lines: Sequence[CountLine]) -> None:
        racks = sorted({line.key.rack_id for line in lines})
        self._lines.sum_up(stocktake.stocktake_id, racks)
        ruling = lines[0].ruling
        assert ruling is not None  # noqa: S101 — each of these was just decided on
        self._publish(
            LinesDecided(
                stocktake_id=stocktake.stocktake_id,
                rack_ids=racks,
                lines=[line.line_id for line in lines[:CHUNK]],
                decision=ruling.decision.value,
                by={"user_id": ruling.user_id, "username": ruling.username},
            )
        )

    def _seen(self, line_id: str, rev: int | None) -> CountLine:
        self._tally.catch_up()
        line = self.line(line_id)
        if rev is not None and rev != line.rev:
            raise LineChanged(line.key.item_code)
        return line

    def _open(self, stocktake_id: str) -> Stocktake:
        stocktake = self._stocktakes.one(stocktake_id)
        if not stocktake.is_open:
            raise StocktakeClosed(stocktake_id)
        return stocktake


Moved = Sequence[Kept]
Decide = Callable[[CountLine, Moved, Stocktake, datetime], CountLine]


def _ruled(
    line: CountLine, decision: LineStatus, by: Identity, now: datetime, note: str
) -> CountLine:
    ruling = Ruling(decision=decision, user_id=by.user_id, username=by.username, at=now, note=note)
    return replace(line, ruling=ruling, rev=line.rev + 1, updated_at=now)


def _asked(line: CountLine, rack: Rack, by: Identity, now: datetime, reason: str) -> CountLine:
    outcome = replace(line.outcome, status=LineStatus.RECOUNT)
    asked = replace(line, outcome=outcome, recount_after=rack.fence)
    return _ruled(asked, LineStatus.RECOUNT, by, now, reason)
