"""Assignments: which counter shall take which rack, before anybody holds it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.auth.accounts import Accounts
from app.auth.identity import Account, Holder, Identity
from app.errors import DomainError, RackUnknown
from app.events import Publisher
from app.racks import tidings
from app.racks.rack import Rack
from app.racks.rules import Move, check_assign, refused
from app.racks.store import RackStore


@dataclass(frozen=True, slots=True, kw_only=True)
class Assigned:
    """What came of a wish for several racks: those it was done to, and why not to the others."""

    racks: Sequence[Rack]
    refused: Sequence[DomainError]


class Assignments:
    """Keeps free racks for one counter. A claim by another is refused; nothing else is."""

    def __init__(self, store: RackStore, accounts: Accounts, publish: Publisher) -> None:
        self._store = store
        self._accounts = accounts
        self._publish = publish

    def assign(self, rack_id: str, user_id: str | None, *, by: Identity) -> Rack:
        """Keep the rack for a user, or with None for nobody.

        Raises as `check_assign`, and RackUnknown, UserUnknown.
        """
        done = self.assign_all([rack_id], user_id, by=by)
        if done.refused:
            raise done.refused[0]
        return done.racks[0]

    def assign_all(self, rack_ids: Sequence[str], user_id: str | None, *, by: Identity) -> Assigned:
        """Keep those of the racks that may be assigned for a user, in a fixed number of round
        trips. Raises UserUnknown.
        """
        to = self._accounts.of_id(user_id) if user_id is not None else None
        known = self._store.racks_by_id(rack_ids)
        unknown = dict.fromkeys(r for r in rack_ids if r not in known)
        refusals: list[DomainError] = [RackUnknown(r) for r in unknown]
        fit = []
        for rack in known.values():
            error = _refusal(rack, to, by)
            refusals.append(error) if error else fit.append(rack)
        after = self._store.assign(fit, Holder.of(to) if to else None) if fit else {}
        refusals += [refused(r, Move.ASSIGN) for r in fit if r.rack_id not in after]
        done = [rack for rack in fit if rack.rack_id in after]
        self._publish(*(tidings.assigned(rack, after[rack.rack_id], by) for rack in done))
        return Assigned(racks=[after[rack.rack_id] for rack in done], refused=refusals)


def _refusal(rack: Rack, to: Account | None, by: Identity) -> DomainError | None:
    try:
        check_assign(rack, to, by)
    except DomainError as error:
        return error
    return None
