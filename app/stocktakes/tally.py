"""The tally: count lines made from the records, whenever those moved.

A rack is marked when its count is finished, when a settled conflict changes it, or when stock of
its items moves, in the same act as that write; whoever looks next, or the loop, makes its lines
anew. The lines' revisions are read before the records and asked for at the write, so that an older
look never wins over a newer one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from app.clock import Clock
from app.errors import LineChanged
from app.events import LinesCounted, Publisher
from app.items.catalogue import Catalogue
from app.items.movements import Movements
from app.racks.enrolment import Enrolment
from app.racks.rack import CountSession, Rack
from app.racks.recounts import Recounts
from app.racks.standing import Standing
from app.stocktakes import rules
from app.stocktakes.line import FROZEN, CountLine, LineStatus, PassCount
from app.stocktakes.lines_store import LineStore
from app.stocktakes.new_lines import new_line
from app.stocktakes.stocktake import Stocktake
from app.stocktakes.store import StocktakeStore
from app.sync.counts import Counts
from app.sync.figures import ItemCount

RACKS_A_TURN = 50
LOOKS = 5
"""How often a rack is looked at again because another process wrote its lines meanwhile."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """What the lines are made from."""

    counts: Counts
    catalogue: Catalogue
    movements: Movements
    enrolment: Enrolment
    standing: Standing


class Tally:
    """Makes count lines. Safe in many processes at once."""

    def __init__(
        self,
        lines: LineStore,
        stocktakes: StocktakeStore,
        sources: Sources,
        recounts: Recounts,
        publish: Publisher,
        clock: Clock,
    ) -> None:
        self._lines = lines
        self._stocktakes = stocktakes
        self._sources = sources
        self._recounts = recounts
        self._publish = publish
        self._clock = clock

    def catch_up(self) -> int:
        """Make the lines of all racks that are behind; how many racks those were."""
        made = 0
        while due := self._sources.enrolment.due(RACKS_A_TURN):
            racks = self._sources.standing.racks(each.rack_id for each in due)
            open_ones = {each.stocktake_id: each for each in self._stocktakes.open_ones()}
            for each in due:
                if each.stocktake_id in open_ones:
                    self._make(open_ones[each.stocktake_id], racks[each.rack_id])
                self._sources.enrolment.done(each)
            made += len(due)
        return made

    def seed(self, stocktake: Stocktake, racks: Iterable[Rack]) -> None:
        """A line for each item that the catalogue expects at these racks, with the book's figure
        as it is now: not counted, which is not zero.
        """
        now = self._clock.now()
        floors = {rack.rack_id: rack.floor for rack in racks}
        self._lines.add(
            new_line(stocktake, (item.rack, floors[item.rack]), item.item_code, item, now=now)
            for item in self._sources.catalogue.placed_at(floors)
            if item.rack
        )
        self._lines.sum_up(stocktake.stocktake_id, list(floors))

    def _make(self, stocktake: Stocktake, rack: Rack) -> None:
        for _ in range(LOOKS):
            before = {line.key.item_code: line for line in self._known(stocktake, rack)}
            passes = self._sources.enrolment.passes(stocktake.stocktake_id, rack.rack_id)
            counts = self._sources.counts.by_item(rack.rack_id, [each.fence for each in passes])
            before |= self._missing(stocktake, rack, before, counts)
            made = self._made(stocktake, before.values(), passes, counts)
            changed = [line for line in made if line != before[line.key.item_code]]
            if self._lines.change(changed):
                break
        else:
            raise LineChanged(rack.rack_id)
        self._lines.sum_up(stocktake.stocktake_id, [rack.rack_id])
        if changed:
            self._publish(_tidings(stocktake, rack, made))
        self._ask_next_pass(stocktake, rack, made)

    def _known(self, stocktake: Stocktake, rack: Rack) -> list[CountLine]:
        return self._lines.of_rack(stocktake.stocktake_id, rack.rack_id)

    def _missing(
        self,
        stocktake: Stocktake,
        rack: Rack,
        lines: Mapping[str, CountLine],
        counts: Sequence[ItemCount],
    ) -> dict[str, CountLine]:
        """Add lines for what was counted or is expected here and has none."""
        found = {count.item_code: count for count in counts}
        expected = {code for code, _ in self._sources.catalogue.items_of_rack(rack.rack_id)}
        codes = (expected | found.keys()) - lines.keys()
        items = self._sources.catalogue.with_codes(codes) if codes else {}
        now, place = self._clock.now(), (rack.rack_id, rack.floor)
        new = {
            code: new_line(stocktake, place, code, items.get(code), now=now, count=found.get(code))
            for code in sorted(codes)
        }
        self._lines.add(new.values())
        return new

    def _made(
        self,
        stocktake: Stocktake,
        lines: Iterable[CountLine],
        passes: Sequence[CountSession],
        counts: Sequence[ItemCount],
    ) -> list[CountLine]:
        """The lines as the records tell them; those that a person decided on stay."""
        lines = list(lines)
        by_item = _passes_by_item(passes, counts)
        said = {code: decision for each in passes for code, decision in each.uncounted}
        moved = self._sources.movements.heard(
            [line.key.item_code for line in lines], since=stocktake.book_at
        )
        now = self._clock.now()
        made = []
        for line in lines:
            if line.outcome.status in FROZEN:
                made.append(line)
                continue
            code = line.key.item_code
            taken = by_item.get(code, ())
            book, outcome = rules.judge(line, taken, moved.get(code, ()), stocktake)
            told = replace(
                line, passes=tuple(taken), book=book, outcome=outcome, said=said.get(code)
            )
            made.append(line if told == line else replace(told, rev=line.rev + 1, updated_at=now))
        return made

    def _ask_next_pass(self, stocktake: Stocktake, rack: Rack, lines: Sequence[CountLine]) -> None:
        """A double count sends the rack to another person, and what two disagree on to a third."""
        if not rules.wants_another_pass(lines, rack.pass_no, stocktake):
            return
        disputed = [
            line.key.item_code for line in lines if line.outcome.status is LineStatus.DISPUTED
        ]
        self._recounts.next_pass(rack, reason="double count", items=disputed)


def _passes_by_item(
    passes: Sequence[CountSession], counts: Iterable[ItemCount]
) -> dict[str, list[PassCount]]:
    """Who counted each item under which fence, the oldest first."""
    sessions = {each.fence: each for each in passes}
    by_item: dict[str, list[PassCount]] = defaultdict(list)
    for count in counts:
        session = sessions[count.fence]
        by_item[count.item_code].append(
            PassCount(
                fence=count.fence,
                pass_no=session.pass_no,
                session_id=session.session_id,
                user_id=session.holder.user_id,
                name=session.holder.name,
                counted=count.counted,
                damaged=count.damaged,
                records=count.records,
                at=max(count.at, session.started_at),
                late=session.late_pass,
            )
        )
    return by_item


def _tidings(stocktake: Stocktake, rack: Rack, lines: Sequence[CountLine]) -> LinesCounted:
    return LinesCounted(
        stocktake_id=stocktake.stocktake_id,
        rack_id=rack.rack_id,
        floor=rack.floor,
        lines=len(lines),
        counted=sum(line.outcome.counted is not None for line in lines),
        settled=sum(line.settled for line in lines),
    )
