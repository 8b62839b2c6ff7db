"""Late work is a second opinion: counts of a lost lease are offered as a further pass.

Nothing of them was mixed into the count of whoever took the rack. A supervisor takes them in, and
they stand beside the others, line by line; or leaves them where they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.auth.identity import Identity
from app.errors import NoLateCount, StocktakeClosed
from app.racks.enrolment import Enrolment
from app.racks.rack import CountSession
from app.racks.standing import Standing
from app.stocktakes.store import StocktakeStore
from app.stocktakes.tally import Tally
from app.sync.counts import Counts

LATE_AT_MOST = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class LateCount:
    """An interrupted session with counts: how many were stored, and how many wait as conflicts."""

    session: CountSession
    records: int
    pieces: float
    waiting: int


class LateCounts:
    """Offers interrupted counts, and takes them in as passes."""

    def __init__(
        self,
        stocktakes: StocktakeStore,
        tally: Tally,
        enrolment: Enrolment,
        standing: Standing,
        counts: Counts,
    ) -> None:
        self._stocktakes = stocktakes
        self._tally = tally
        self._enrolment = enrolment
        self._standing = standing
        self._counts = counts

    def of_stocktake(self, stocktake_id: str) -> list[LateCount]:
        """The interrupted sessions that hold counts of their own. Raises StocktakeUnknown."""
        self._stocktakes.one(stocktake_id)
        sessions = self._enrolment.interrupted(stocktake_id, LATE_AT_MOST)
        return [offer for offer in self._offers(sessions) if offer.records or offer.waiting]

    def take_in(self, stocktake_id: str, session_id: str, *, by: Identity) -> LateCount:
        """Let the session's counts stand as a pass of its rack.

        Raises:
            StocktakeUnknown, SessionUnknown, StocktakeClosed.
            NoLateCount: it is of another stocktake, has no counts, still waits for its conflicts,
                its rack is held, or its counter has a pass of this rack already.
        """
        session = self._standing.visible_session(session_id, by)
        self._check(stocktake_id, session)
        (offer,) = self._offers([session])
        if offer.waiting:
            raise NoLateCount(session_id, "Settle its conflicts first: they are part of it.")
        if not offer.records:
            raise NoLateCount(session_id, "It holds no counts.")
        if not self._enrolment.take_in(session):
            raise NoLateCount(session_id, "It went on meanwhile.")
        self._standing.mark_due([session.rack_id])
        self._tally.catch_up()
        return offer

    def _check(self, stocktake_id: str, session: CountSession) -> None:
        if not self._stocktakes.one(stocktake_id).is_open:
            raise StocktakeClosed(stocktake_id)
        if session.stocktake_id != stocktake_id:
            raise NoLateCount(session.session_id, "It is of another stocktake.")
        rack = self._standing.racks([session.rack_id])[session.rack_id]
        if rack.session_id == session.session_id:
            raise NoLateCount(session.session_id, "Its counter still holds the rack.")
        taken = self._enrolment.passes(stocktake_id, session.rack_id)
        if any(each.holder.user_id == session.holder.user_id for each in taken):
            raise NoLateCount(session.session_id, "Its counter has a pass of this rack already.")

    def _offers(self, sessions: Sequence[CountSession]) -> list[LateCount]:
        ids = [session.session_id for session in sessions]
        amounts, waiting = self._counts.amounts(ids), self._counts.waiting(ids)
        offers = []
        for session in sessions:
            records, pieces = amounts.get(session.session_id, (0, 0.0))
            waits = waiting.get(session.session_id, 0)
            offers.append(LateCount(session=session, records=records, pieces=pieces, waiting=waits))
        return offers
