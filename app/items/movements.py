"""Movements: the book moves while people count."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from pymongo.client_session import ClientSession

from app.auth.identity import Identity
from app.clock import Clock
from app.events import Publisher, StockMoved
from app.items.movement import BadMovement, Judged, Kept, Movement, judge, to_keep
from app.items.movement_store import MovementStore, Place
from app.items.store import ItemStore

NoteMoved = Callable[[Sequence[str], ClientSession], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class MovementQuery:
    """Which movements a page should show: of one item or of all, of a moment and later."""

    item_code: str | None = None
    since: datetime | None = None
    limit: int = 50
    before: Place | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MovementPage:
    """Movements, the newest first; `next_place` is None at the end."""

    movements: list[Kept]
    next_place: Place | None


class Movements:
    """Books issues and receipts, and tells what moved. `note_moved` hears of the items in the same
    act: a room above keeps figures that this changes.
    """

    def __init__(
        self,
        store: MovementStore,
        items: ItemStore,
        publish: Publisher,
        clock: Clock,
        note_moved: NoteMoved,
    ) -> None:
        self._store = store
        self._items = items
        self._publish = publish
        self._clock = clock
        self._note_moved = note_moved

    def book(self, sent: Sequence[Movement | BadMovement], *, by: Identity) -> list[Judged]:
        """Keep each movement once and add it to its item's book stock, both or neither; one that
        cannot be booked never holds up its neighbours. A fixed number of round trips.

        A movement of a moment that the item's figure already covers (an import said so) is kept,
        but not added again.
        """
        judged, moved = self._items.in_transaction(lambda s: self._book(sent, by, s))
        if moved:
            self._publish(StockMoved(item_codes=tuple(moved)))
        return judged

    def between(self, item_codes: Collection[str], since: datetime) -> dict[str, list[Movement]]:
        """What moved of these items after `since` and up to now, by item in the order of time; one
        query. An item's book stock of that moment is the one of now less these quantities.
        """
        found: defaultdict[str, list[Movement]] = defaultdict(list)
        for movement in self._store.after(item_codes, since):
            found[movement.item_code].append(movement)
        return dict(found)

    def heard(self, item_codes: Collection[str], since: datetime) -> dict[str, list[Kept]]:
        """What the book heard of these items after `since`, whenever it moved, by item in the order
        of time; one query. What the book had already is left out.
        """
        found: defaultdict[str, list[Kept]] = defaultdict(list)
        for kept in self._store.heard(item_codes, since):
            found[kept.movement.item_code].append(kept)
        return dict(found)

    def page(self, query: MovementQuery) -> MovementPage:
        """A page of movements, the newest first."""
        found = self._store.page(
            query.item_code, since=query.since, before=query.before, limit=query.limit + 1
        )
        shown = found[: query.limit]
        last = shown[-1].movement if len(found) > query.limit else None
        return MovementPage(
            movements=shown, next_place=(last.at, last.movement_id) if last else None
        )

    def _book(
        self, sent: Sequence[Movement | BadMovement], by: Identity, session: ClientSession
    ) -> tuple[list[Judged], list[str]]:
        """The verdicts, and the items whose book stock changed."""
        movements = [one for one in sent if isinstance(one, Movement)]
        now = self._clock.now()
        kept = self._store.known({one.movement_id for one in movements}, session)
        moments = self._items.book_moments(list({one.item_code for one in movements}), session)
        judged = judge(sent, kept=kept, book_moments=moments, now=now)
        new = list(to_keep(judged, kept))
        moved: defaultdict[str, float] = defaultdict(float)
        for one, in_book in new:
            if not in_book:
                moved[one.item_code] += one.qty
        if moved:
            self._items.move_stock(moved, now, session)
            self._note_moved(list(moved), session)
        if new:
            self._store.keep(
                [
                    Kept(movement=one, in_book=in_book, received_at=now, moved_by=by.user_id)
                    for one, in_book in new
                ],
                session,
            )
        return judged, list(moved)
