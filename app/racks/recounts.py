"""Recounts that a stocktake asks for: of some items, or as the next pass of a double count."""

from __future__ import annotations

from collections.abc import Sequence

from app.auth.identity import Identity
from app.clock import Clock
from app.errors import IllegalMove
from app.events import Publisher
from app.racks import tidings
from app.racks.lease_store import LeaseStore
from app.racks.rack import Rack, RackStatus
from app.racks.rules import Move, check_move, refused
from app.racks.store import RackStore


class Recounts:
    """Asks for passes without taking a rack from who counts it."""

    def __init__(
        self, store: RackStore, leases: LeaseStore, publish: Publisher, clock: Clock
    ) -> None:
        self._store = store
        self._leases = leases
        self._publish = publish
        self._clock = clock

    def check(self, rack_id: str, *, by: Identity) -> Rack:
        """The rack, if items of it may be recounted now.

        Raises:
            RackUnknown, NotAllowed, NoStocktake.
            IllegalMove: somebody counts the rack; that count comes first.
        """
        rack = self._store.rack(rack_id)
        check_move(rack, Move.RECOUNT, by)
        if rack.holder is not None or (rack.status is RackStatus.AVAILABLE and not rack.recount):
            raise IllegalMove(rack_id, move=Move.RECOUNT.value, state=rack.status.value)
        return rack

    def of_items(self, rack_id: str, items: Sequence[str], *, by: Identity, reason: str) -> Rack:
        """Have these items of a counted rack counted again by another person; a recount that
        nobody began yet is widened by them. Raises as `check`.
        """
        rack = self.check(rack_id, by=by)
        if rack.status is RackStatus.AVAILABLE:
            whole = not rack.recount_items
            asked = rack if whole else self._leases.widen_recount(rack, items)
        else:
            asked = self._ask(rack, items, reason)
        if asked is None:
            raise refused(self._store.rack(rack_id), Move.RECOUNT)
        return asked

    def next_pass(self, rack: Rack, *, reason: str, items: Sequence[str] = ()) -> Rack | None:
        """The stocktake's own wish for a counted rack's next pass; None where the rack moved on
        meanwhile, for instance because another process asked first.
        """
        return self._ask(rack, items, reason) if rack.status is RackStatus.COMPLETED else None

    def _ask(self, rack: Rack, items: Sequence[str], reason: str) -> Rack | None:
        asked = self._leases.recount(rack, now=self._clock.now(), reason=reason, items=items)
        if asked is not None:
            self._publish(*tidings.moved(rack, asked, Move.RECOUNT, reason))
        return asked
