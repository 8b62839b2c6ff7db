"""Enrolment: which stocktake a rack is counted in, and which of its sessions are passes of it.

A stocktake stamps itself on its racks, so that a claim is one read and racks never ask upwards.
"""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet

from app.errors import RacksInUse
from app.racks.enrolment_store import DueRack, DueSession, EnrolmentStore
from app.racks.rack import CountSession, Rack, RackStatus


class Enrolment:
    """Racks as members of a stocktake."""

    def __init__(self, store: EnrolmentStore) -> None:
        self._store = store

    def racks_on(self, warehouse: str, floors: Sequence[str] = ()) -> list[Rack]:
        """The warehouse's racks, of these floors or all."""
        return self._store.racks_on(warehouse, floors)

    def newcomers(self, warehouse: str, floors: Sequence[str] = ()) -> list[Rack]:
        """The racks that no stocktake ever had: those that came to the floor plan since."""
        racks = self._store.racks_on(warehouse, floors)
        return [r for r in racks if r.stocktake_id is None and r.status is RackStatus.AVAILABLE]

    def enrol(self, racks: Sequence[Rack], *, stocktake_id: str, blind: bool) -> None:
        """Begin these racks anew in a stocktake, all or none.

        Raises:
            RacksInUse: one is held, or moved meanwhile.
        """
        held = [r for r in racks if r.holder is not None]
        if not held and self._store.enrol(racks, stocktake_id=stocktake_id, blind=blind):
            return
        others = {r.stocktake_id for r in racks if r.stocktake_id}
        raise RacksInUse([r.rack_id for r in held], stocktake_ids=sorted(others))

    def dismiss(self, stocktake_id: str) -> None:
        """The stocktake is over: its racks wait for the next."""
        self._store.dismiss(stocktake_id)

    def due(self, limit: int) -> list[DueRack]:
        """Racks whose count lines are behind."""
        return self._store.due(limit)

    def done(self, due: DueRack) -> None:
        """The rack's lines are made."""
        self._store.done(due)

    def passes(self, stocktake_id: str, rack_id: str) -> list[CountSession]:
        """The sessions whose counts stand, the oldest first."""
        return self._store.passes(stocktake_id, rack_id)

    def unsealed(self, limit: int) -> list[DueSession]:
        """Ended sessions that counted since their rack was sealed."""
        return self._store.unsealed(limit)

    def sealed(
        self, due: DueSession, *, records: int, pieces: float, items: AbstractSet[str]
    ) -> None:
        """The session's rack is sealed, and its records come to this."""
        self._store.sealed(due, records=records, pieces=pieces, items=items)

    def sessions_at(self, stocktake_id: str, rack_id: str) -> list[str]:
        """Every session that ever was at a rack in a stocktake."""
        return self._store.sessions_at(stocktake_id, rack_id)

    def racks_counted(self, stocktake_id: str) -> list[str]:
        """The racks that anybody claimed in a stocktake, by their ids."""
        return self._store.racks_counted(stocktake_id)

    def interrupted(self, stocktake_id: str, limit: int) -> list[CountSession]:
        """Sessions that ended before their rack was finished, the newest first."""
        return self._store.interrupted(stocktake_id, limit)

    def take_in(self, session: CountSession) -> bool:
        """Let an interrupted session's counts stand as a pass."""
        return self._store.take_in(session)
