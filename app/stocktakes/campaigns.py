"""Campaigns: opening a stocktake, how far it is, and closing it when all is settled.

A warehouse has one open stocktake from the start. Another may be opened for the whole warehouse or
for some floors; a rack is in at most one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from uuid import uuid4

from app.auth.identity import Identity, named
from app.auth.permissions import Action, may
from app.clock import Clock
from app.errors import NoRacks, RacksInUse, StocktakeClosed, StocktakeUnknown, StocktakeUnsettled
from app.events import Publisher, StocktakeClosedNow, StocktakeOpened
from app.racks.rack import CountSession, Rack, RackStatus
from app.stocktakes.line import LineStatus
from app.stocktakes.lines_store import LineStore, RackSums
from app.stocktakes.stocktake import Stocktake, StocktakeStatus, StocktakeWish
from app.stocktakes.store import StocktakeStore
from app.stocktakes.tally import Sources, Tally

MAIN_WAREHOUSE = "Main"
UNDECIDED = (
    LineStatus.UNCOUNTED,
    LineStatus.WAITING,
    LineStatus.COUNTED,
    LineStatus.DISPUTED,
    LineStatus.RECOUNT,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class StocktakeProgress:
    """How far a stocktake is. Variances are net, `gross_value` is the sum of their sizes."""

    stocktake: Stocktake
    racks: Mapping[str, int]
    lines: int
    counted: int
    settled: int
    by_status: Mapping[str, int]
    outside_tolerance: int
    unknown_items: int
    open_conflicts: int
    counted_qty: float
    damage_qty: float
    variance_qty: float
    variance_value: float
    gross_value: float

    @property
    def waiting(self) -> dict[str, int]:
        """What keeps it from being closed: how much of what."""
        unfinished = sum(n for state, n in self.racks.items() if state != RackStatus.COMPLETED)
        waits = {"racks": unfinished, "open_conflicts": self.open_conflicts} | {
            f"{status}_lines": self.by_status.get(status, 0) for status in UNDECIDED
        }
        return {what: number for what, number in waits.items() if number}


@dataclass(frozen=True, slots=True, kw_only=True)
class RackTally(RackSums):
    """A rack's lines in numbers, and how fast the latest session there counts."""

    pieces_per_hour: float | None


class Campaigns:
    """Opens and closes stocktakes, and says what they let a counter see."""

    def __init__(
        self,
        store: StocktakeStore,
        lines: LineStore,
        tally: Tally,
        sources: Sources,
        publish: Publisher,
        clock: Clock,
    ) -> None:
        self._store = store
        self._lines = lines
        self._tally = tally
        self._enrolment = sources.enrolment
        self._standing = sources.standing
        self._counts = sources.counts
        self._publish = publish
        self._clock = clock

    # ── opening ──────────────────────────────────────────────────────────────────────────────────

    def ensure_open(self, warehouse: str = MAIN_WAREHOUSE, *, blind: bool = False) -> Stocktake:
        """The warehouse's open stocktake; its first is opened here. Racks that are new on the floor
        plan are enrolled in it. Where all are closed, the last one is returned: the next is a
        person's to open.
        """
        stocktake = self._store.first_of(warehouse)
        if stocktake is None:
            now = self._clock.now()
            wish = StocktakeWish(
                name=f"{warehouse}, {now:%-d %B %Y}", warehouse=warehouse, blind=blind
            )
            stocktake = self._new(wish, f"{warehouse.lower()}-{now:%Y-%m-%d}", "system")
            self._store.add(stocktake)
        if stocktake.is_open and (racks := self._enrolment.newcomers(warehouse, stocktake.floors)):
            self._enrol(stocktake, racks)
        return stocktake

    def open(self, wish: StocktakeWish, *, by: Identity) -> Stocktake:
        """Open a stocktake: its racks begin anew, and the book's figures are taken as of now.

        An open stocktake that has counted nothing yet gives its racks up, and is closed when it has
        none left.

        Raises:
            NoRacks: the wish covers no rack.
            RacksInUse: a rack is held, or was counted in a stocktake that is still open.
        """
        racks = self._enrolment.racks_on(wish.warehouse, wish.floors)
        if not racks:
            raise NoRacks(wish.warehouse)
        self._check_untouched(racks)
        stocktake = self._new(wish, uuid4().hex, by.username)
        self._store.add(stocktake)
        try:
            self._enrol(stocktake, racks)
        except RacksInUse:
            self._store.forget(stocktake.stocktake_id)
            raise
        self._close_emptied({r.stocktake_id for r in racks if r.stocktake_id}, by)
        self._publish(
            StocktakeOpened(
                stocktake_id=stocktake.stocktake_id,
                title=stocktake.name,
                by=named(by),
                blind=stocktake.blind,
            )
        )
        return stocktake

    # ── looking ──────────────────────────────────────────────────────────────────────────────────

    def all(self, limit: int) -> list[Stocktake]:
        """The stocktakes, the open ones first."""
        return self._store.all(limit)

    def one(self, stocktake_id: str) -> Stocktake:
        """One stocktake. Raises StocktakeUnknown."""
        return self._store.one(stocktake_id)

    def meant(self, stocktake_id: str | None) -> str:
        """The stocktake that a list is of: the newest open one, or the newest, where none is named.

        Raises StocktakeUnknown where there is none of that id, or none at all.
        """
        if stocktake_id is not None:
            return self._store.one(stocktake_id).stocktake_id
        newest = self._store.all(1)
        if not newest:
            raise StocktakeUnknown("")
        return newest[0].stocktake_id

    def progress(self, stocktake_id: str) -> StocktakeProgress:
        """How far it is, to the last rack. Raises StocktakeUnknown."""
        stocktake = self._store.one(stocktake_id)
        self._tally.catch_up()
        sums = self._lines.sums(stocktake_id)
        by_status: Counter[str] = Counter()
        for each in sums:
            by_status.update(each.by_status)
        racks = self._racks_of(stocktake)
        return StocktakeProgress(
            stocktake=stocktake,
            racks=Counter(rack.status.value for rack in racks),
            lines=sum(each.lines for each in sums),
            counted=sum(each.counted for each in sums),
            settled=sum(each.settled for each in sums),
            by_status=by_status,
            outside_tolerance=sum(each.outside_tolerance for each in sums),
            unknown_items=sum(each.unknown_items for each in sums),
            open_conflicts=self._counts.open_conflicts_at([rack.rack_id for rack in racks]),
            counted_qty=sum(each.counted_qty for each in sums),
            damage_qty=sum(each.damage_qty for each in sums),
            variance_qty=sum(each.variance_qty for each in sums),
            variance_value=sum(each.variance_value for each in sums),
            gross_value=sum(each.gross_value for each in sums),
        )

    def racks(self, stocktake_id: str, floor: str | None = None) -> list[RackTally]:
        """Its racks in numbers. Raises StocktakeUnknown."""
        stocktake = self._store.one(stocktake_id)
        self._tally.catch_up()
        paces = self._paces(stocktake)
        return [
            RackTally(**asdict(each), pieces_per_hour=paces.get(each.rack_id))
            for each in self._lines.sums(stocktake_id, floor)
        ]

    def shows_book_to(self, identity: Identity) -> bool:
        """Whether this caller may see book figures now: while a blind stocktake is open, no counter
        may, on whichever floor.
        """
        if may(identity, Action.SEE_BOOK):
            return True
        open_ones = self._store.open_ones()
        return bool(open_ones) and not any(each.blind for each in open_ones)

    # ── closing ──────────────────────────────────────────────────────────────────────────────────

    def close(self, stocktake_id: str, *, by: Identity, note: str = "") -> Stocktake:
        """Close it: its figures stay as they are, for ever.

        Raises:
            StocktakeUnknown, StocktakeClosed.
            StocktakeUnsettled: racks, conflicts or lines wait for somebody; it says how many.
        """
        progress = self.progress(stocktake_id)
        if not progress.stocktake.is_open:
            raise StocktakeClosed(stocktake_id)
        if progress.waiting:
            raise StocktakeUnsettled(stocktake_id, progress.waiting)
        return self._close(stocktake_id, by, note)

    def _close(self, stocktake_id: str, by: Identity, note: str) -> Stocktake:
        now = self._clock.now()
        closed = self._store.close(stocktake_id, by=by.username, at=now, note=note)
        if closed is None:
            raise StocktakeClosed(stocktake_id)
        self._enrolment.dismiss(stocktake_id)
        self._publish(
            StocktakeClosedNow(stocktake_id=stocktake_id, title=closed.name, by=named(by))
        )
        return closed

    def _close_emptied(self, stocktake_ids: set[str], by: Identity) -> None:
        """Stocktakes that gave up their last rack, and never counted one."""
        for stocktake in self._store.open_ones():
            if stocktake.stocktake_id in stocktake_ids and not self._racks_of(stocktake):
                self._close(stocktake.stocktake_id, by, "Its racks went to another stocktake.")

    # ── how ──────────────────────────────────────────────────────────────────────────────────────

    def _new(self, wish: StocktakeWish, stocktake_id: str, by: str) -> Stocktake:
        now = self._clock.now()
        return Stocktake(
            stocktake_id=stocktake_id,
            name=wish.name,
            warehouse=wish.warehouse,
            floors=wish.floors,
            status=StocktakeStatus.OPEN,
            blind=wish.blind,
            double_count=wish.double_count,
            tolerance=wish.tolerance,
            created_by=by,
            created_at=now,
            book_at=now,
        )

    def _enrol(self, stocktake: Stocktake, racks: Sequence[Rack]) -> None:
        self._enrolment.enrol(racks, stocktake_id=stocktake.stocktake_id, blind=stocktake.blind)
        self._tally.seed(stocktake, racks)

    def _check_untouched(self, racks: Sequence[Rack]) -> None:
        """Let racks pass that no open stocktake has begun to count. Raises RacksInUse."""
        open_ids = {each.stocktake_id for each in self._store.open_ones()}
        begun = [r for r in racks if r.stocktake_id in open_ids and _is_begun(r)]
        if begun:
            others = sorted({r.stocktake_id for r in begun if r.stocktake_id})
            raise RacksInUse([r.rack_id for r in begun], stocktake_ids=others)

    def _paces(self, stocktake: Stocktake) -> dict[str, float]:
        """Pieces an hour of the latest session at each rack."""
        latest = {
            rack.rack_id: rack.last_session_id
            for rack in self._racks_of(stocktake)
            if rack.last_session_id
        }
        sessions = self._standing.sessions(latest.values())
        return {
            rack_id: pace_of(sessions[session_id])
            for rack_id, session_id in latest.items()
            if session_id in sessions
        }

    def _racks_of(self, stocktake: Stocktake) -> list[Rack]:
        racks = self._enrolment.racks_on(stocktake.warehouse, stocktake.floors)
        return [rack for rack in racks if rack.stocktake_id == stocktake.stocktake_id]


def _is_begun(rack: Rack) -> bool:
    return rack.status is not RackStatus.AVAILABLE or rack.pass_no > 1 or bool(rack.counted_by)


def pace_of(session: CountSession) -> float:
    """Pieces an hour, from the session's start to its last sign of life."""
    seconds = (
        (session.completed_at or session.last_heartbeat) - session.started_at
    ).total_seconds()
    return round(session.progress.pieces * 3600 / max(seconds, 1), 1)
